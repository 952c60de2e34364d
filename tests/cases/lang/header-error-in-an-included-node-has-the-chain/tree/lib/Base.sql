@include action/sql/sqlite
@depend ../gone/Missing
SELECT 1 AS a
