@include action/sql/sqlite
@depend /All
SELECT 1 AS a
