@include action/sql/sqlite
@depend ./T as t
@depend ./U as T
SELECT 1 AS a
