@include nothing/here
