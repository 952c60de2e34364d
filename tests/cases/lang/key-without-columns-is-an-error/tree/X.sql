@include action/sql/sqlite
@key
SELECT 1 AS a
