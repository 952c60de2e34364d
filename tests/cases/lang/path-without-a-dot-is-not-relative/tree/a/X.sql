@include action/sql/sqlite
@depend b/T
SELECT 1 AS a
