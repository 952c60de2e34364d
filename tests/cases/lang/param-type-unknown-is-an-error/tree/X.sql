@include action/sql/sqlite
@param n:integr 3
SELECT {{n}} AS a
