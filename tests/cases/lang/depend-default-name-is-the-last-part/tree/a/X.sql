@include action/sql/sqlite
@depend ../b/c/Table
SELECT 1 AS a
