@include action/sql/sqlite
@depend ./B
SELECT 1 AS a
