# @include action/python
import functools
# @todo clean up
@release
def f(): pass
x = 1  # @depend ./T
