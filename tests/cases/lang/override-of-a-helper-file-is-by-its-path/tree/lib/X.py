# @include action/python
# @file ./util/h.py
print(1)
