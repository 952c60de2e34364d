@include action/sql/sqlite
@depend Patient
SELECT 1 AS a
