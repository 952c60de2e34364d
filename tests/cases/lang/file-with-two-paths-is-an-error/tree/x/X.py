# @include action/python
# @file /shared/look up.csv
print(1)
