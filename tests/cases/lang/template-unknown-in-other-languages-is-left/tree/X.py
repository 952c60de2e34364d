# @include action/python
# @param site A
x = f"{{y}}" + {{site}} + {{ z }}
