@include action/sql/sqlite
SELECT {{site}} AS a
