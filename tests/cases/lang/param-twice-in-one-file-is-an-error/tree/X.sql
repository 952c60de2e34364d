@include action/sql/sqlite
@param a 1
@param a 2
SELECT {{a}} AS a
