# @include action/python
# @file ./helper.py
print(1)
