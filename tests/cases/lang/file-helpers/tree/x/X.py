# @include action/python
# @file ./lib/tool.py
# @file /shared/lookup.csv
print(1)
