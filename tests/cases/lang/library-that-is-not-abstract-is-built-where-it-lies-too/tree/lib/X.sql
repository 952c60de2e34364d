@include action/sql/sqlite
@depend ./raw
SELECT 1 AS a FROM raw
