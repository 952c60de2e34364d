# @include tools/sh
echo
