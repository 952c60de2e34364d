@include action/sql/sqlite
@test references(a, ./Below.a)
SELECT 1 AS a
