@include action/sql/sqlite
@test uniqe(a)
SELECT 1 AS a
