@include action/sql/sqlite
@test not_null(a
SELECT 1 AS a
