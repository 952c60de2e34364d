# @include action/bash
# @param site A
echo a # {{site}}
