@include action/sql/sqlite
@depend ./T
SELECT 1 AS a FROM T
