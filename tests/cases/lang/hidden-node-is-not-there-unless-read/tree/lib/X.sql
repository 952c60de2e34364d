@include action/sql/sqlite
@depend ./gone
SELECT 1 AS a
