@include action/sql/sqlite
@depend /lib/T
SELECT 1 AS a FROM T
