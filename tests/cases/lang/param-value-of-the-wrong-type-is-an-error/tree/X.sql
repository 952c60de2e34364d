@include action/sql/sqlite
@param n:int
@set n three
SELECT {{n}} AS a
