# @include action/awk
{ print }
