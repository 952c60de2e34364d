# @include action/python
# @param site A
x = "{{site}}"
