@include action/sql/sqlite
@test ./check.sql
SELECT 1 AS a
