@include action/sql/sqlite
@depend
SELECT 1 AS a
