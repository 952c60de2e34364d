@include action/sql/sqlite
@test not_null(a)
@test unique(a)
SELECT 1 AS a
