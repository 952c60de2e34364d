@include action/sql/sqlite
SELECT 2 AS a
