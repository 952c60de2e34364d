@include action/sql/sqlite
SELECT {{year}} AS s
