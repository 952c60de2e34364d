@include action/sql/sqlite
@param a
@set a 1
@set a 2
SELECT {{a}} AS a
