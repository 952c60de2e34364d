# @include action/python
# @param kind a
# @file ./h_{{kind}}.py
print({{kind}})
