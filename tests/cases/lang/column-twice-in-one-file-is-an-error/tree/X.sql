@include action/sql/sqlite
@column dose real
@column dose text
SELECT 1 AS dose
