@include action/sql/sqlite
@depend ./A
SELECT 1 AS a
