@include action/sql/sqlite
@key a
SELECT 1 AS a
