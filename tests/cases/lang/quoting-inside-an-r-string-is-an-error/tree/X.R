# @include action/r
# @param site A
x <- 'a\'{{site}}'
