# @include action/bash
# @param t it's a "b" $HOME
# @param n:int 3
echo {{t}} {{n}} {{other}}
