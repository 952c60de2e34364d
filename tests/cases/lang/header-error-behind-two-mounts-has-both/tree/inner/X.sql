@include action/sql/sqlite
@depend ./Missing
SELECT 1 AS a
