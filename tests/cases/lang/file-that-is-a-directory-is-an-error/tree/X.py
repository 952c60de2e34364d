# @include action/python
# @file ./lib
print(1)
