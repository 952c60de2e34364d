@include action/sql/sqlite
@depend ./T as t (a, b
SELECT 1 AS a
