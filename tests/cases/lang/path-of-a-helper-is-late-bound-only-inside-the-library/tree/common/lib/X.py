# @include action/python
# @file ../shared/h.py
print(1)
