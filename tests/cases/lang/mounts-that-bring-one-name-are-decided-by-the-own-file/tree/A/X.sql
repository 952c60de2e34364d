@include action/sql/sqlite
SELECT 3 AS a
