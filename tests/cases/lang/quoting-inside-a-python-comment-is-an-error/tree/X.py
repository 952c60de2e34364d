# @include action/python
# @param site A
x = 1  # {{site}}
