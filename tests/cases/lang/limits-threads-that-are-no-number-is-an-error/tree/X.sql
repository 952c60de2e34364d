@include action/sql/sqlite
@threads 0
SELECT 1 AS a
