# @include action/python
# @param t it's a "b" \n
# @param n:int 3
# @param r:number 2.5
# @param l:list a, b
print({{t}}, {{n}}, {{r}}, {{l}}, {{other}}, f"{{x}}")
