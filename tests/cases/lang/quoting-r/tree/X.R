# @include action/r
# @param t it's a "b" \n
# @param n:int 3
# @param l:list a, b
f({{t}}, {{n}}, {{l}}, {{other}})
