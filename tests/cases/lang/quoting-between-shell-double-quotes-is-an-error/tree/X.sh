# @include action/bash
# @param site A
echo "of $(cat {{site}})"
