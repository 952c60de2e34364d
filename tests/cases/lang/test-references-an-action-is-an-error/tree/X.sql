@include action/sql/sqlite
@test references(a, /action/sql/sqlite.a)
SELECT 1 AS a
