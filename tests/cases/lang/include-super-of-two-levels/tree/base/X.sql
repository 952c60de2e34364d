@include action/sql/sqlite
@key a
@owner base
SELECT 1 AS a
