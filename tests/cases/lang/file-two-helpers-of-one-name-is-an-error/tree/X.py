# @include action/python
# @file a/tool.py
# @file b/tool.py
print(1)
