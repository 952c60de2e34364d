@include action/sql/sqlite
@param site
@param n:int 3
SELECT {{site}} AS s, {{n}} AS n
