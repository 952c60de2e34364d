@include action/sql/sqlite
@depend ./settings
SELECT 1 AS a
