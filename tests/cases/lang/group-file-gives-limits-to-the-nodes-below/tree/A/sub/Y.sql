@include action/sql/sqlite
@owner me
SELECT 1 AS s
