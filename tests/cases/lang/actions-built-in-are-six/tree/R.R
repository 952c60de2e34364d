# @include action/r
x <- 1
