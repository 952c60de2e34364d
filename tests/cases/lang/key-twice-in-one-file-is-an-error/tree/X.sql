@include action/sql/sqlite
@key a
@key b
SELECT 1 AS a
