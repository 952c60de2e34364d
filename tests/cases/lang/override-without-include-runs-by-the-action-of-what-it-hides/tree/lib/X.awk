# @include ./act
# @depend ./T
# @key a
# @format delimiter=;
{ print }
