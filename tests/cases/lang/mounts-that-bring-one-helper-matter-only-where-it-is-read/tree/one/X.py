# @include action/python
print(1)
