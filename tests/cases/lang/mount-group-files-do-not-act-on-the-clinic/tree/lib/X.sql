@include action/sql/sqlite
SELECT {{n}} AS n
