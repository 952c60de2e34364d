@include action/sql/sqlite
@test coverage(a, 95)
SELECT 1 AS a
