@include action/sql/sqlite
@depend ./gone
@depend Bare
SELECT 1 AS a
