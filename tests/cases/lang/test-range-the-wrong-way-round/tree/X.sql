@include action/sql/sqlite
@test range(a, 10, 2)
SELECT 1 AS a
