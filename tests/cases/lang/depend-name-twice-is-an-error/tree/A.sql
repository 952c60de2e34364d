@include action/sql/sqlite
@depend ./T as t
@depend ./U as t
SELECT 1 AS a
