@include action/sql/sqlite
SELECT {{nobody}} AS a
