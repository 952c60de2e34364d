@include action/sql/sqlite
SELECT 1 AS a
