# @include action/r
# @format delimiter=;
x
