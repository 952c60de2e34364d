@include action/sql/sqlite
SELECT {{site}} AS s
