@include action/sql/sqlite
@test ./Orphans.sql
SELECT 1 AS a
