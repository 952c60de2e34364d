@include action/sql/sqlite
@test ./_tests/q.sql
SELECT 1 AS a
