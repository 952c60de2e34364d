@include action/sql/sqlite
@include action/sql/sqlite
SELECT 1 AS a
