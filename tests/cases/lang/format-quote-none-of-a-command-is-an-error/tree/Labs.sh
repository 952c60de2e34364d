# @include action/bash
# @format quote=none
echo
