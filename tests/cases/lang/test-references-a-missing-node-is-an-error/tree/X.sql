@include action/sql/sqlite
@test references(a, ./Other.c)
SELECT 1 AS a
