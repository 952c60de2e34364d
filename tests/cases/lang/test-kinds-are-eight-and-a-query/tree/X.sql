@include action/sql/sqlite
@test not_null(a)
@test unique(a, b)
@test in(c, 'a', 'b')
@test range(a, 0, 10)
@test rows(1, 100)
@test references(a, ./Other.c)
@test match(c, '^x')
@warn coverage(c, 0.95)
@warn ./check.sql
SELECT 1 AS a, 2 AS b, 'a' AS c
