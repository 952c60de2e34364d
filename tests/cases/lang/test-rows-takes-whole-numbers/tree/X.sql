@include action/sql/sqlite
@test rows(-1, 5)
SELECT 1 AS a
