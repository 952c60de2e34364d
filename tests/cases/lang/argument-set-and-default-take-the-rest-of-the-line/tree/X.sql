@include action/sql/sqlite
@param a one two (three
@param b
@set b it's "four" -- five
SELECT {{a}} AS a, {{b}} AS b
