@include action/sql/sqlite
@test unique(a)
@warn unique(a)
@warn not_null(a)
@test not_null(a)
SELECT 1 AS a
