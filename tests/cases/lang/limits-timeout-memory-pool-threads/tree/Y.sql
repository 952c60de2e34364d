@include action/sql/sqlite
@timeout 90s
@memory 512MiB
SELECT 1 AS a
