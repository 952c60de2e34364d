@include action/sql/sqlite
@test not_null(a, b)
SELECT 1 AS a
