# @include action/awk
# @param s it's
{ print {{s}} }
