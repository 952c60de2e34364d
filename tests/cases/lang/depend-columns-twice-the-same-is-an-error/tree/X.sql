@include action/sql/sqlite
@depend ./T as t (a, a)
SELECT 1 AS a
