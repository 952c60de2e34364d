@include action/sql/sqlite
@depends ./T
SELECT 1 AS a
