# @include action/python
# @file ./tool.py
print(1)
