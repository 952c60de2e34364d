# @include action/awk
# @format delimiter=|
{ print }
