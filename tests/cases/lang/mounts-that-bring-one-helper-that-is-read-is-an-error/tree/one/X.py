# @include action/python
# @file ./h.py
print(1)
