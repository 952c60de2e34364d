# @include action/python
# @param site A
x = """it's "a"
 {{site}}"""
