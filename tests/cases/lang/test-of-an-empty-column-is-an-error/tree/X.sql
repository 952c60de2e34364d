@include action/sql/sqlite
@test not_null("")
SELECT 1 AS a
