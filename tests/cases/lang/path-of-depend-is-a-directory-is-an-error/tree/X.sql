@include action/sql/sqlite
@depend ./dir
SELECT 1 AS a
