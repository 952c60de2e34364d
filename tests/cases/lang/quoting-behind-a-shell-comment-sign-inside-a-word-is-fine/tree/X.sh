# @include action/bash
# @param site A
echo a#b {{site}}
