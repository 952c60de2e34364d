@include action/sql/sqlite
@depend ./C
SELECT 1 AS a
