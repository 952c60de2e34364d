@include action/sql/sqlite
@test range(a, 1, '2020-01-01')
SELECT 1 AS a
