# @include action/python
# @param site A
x = rb'\' + {{site}} + f"{1}" + {{site}}
