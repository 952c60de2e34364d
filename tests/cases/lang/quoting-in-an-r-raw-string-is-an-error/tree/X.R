# @include action/r
# @param site A
x <- r"(a " {{site}})"
