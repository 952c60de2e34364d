# @include action/awk
1
