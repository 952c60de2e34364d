@include action/sql/sqlite
@test in(a)
SELECT 1 AS a
