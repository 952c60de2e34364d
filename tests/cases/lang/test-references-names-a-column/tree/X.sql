@include action/sql/sqlite
@test references(a, ./X)
SELECT 1 AS a
