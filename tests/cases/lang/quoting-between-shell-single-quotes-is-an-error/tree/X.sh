# @include action/bash
# @param site A
echo 'of {{site}}'
