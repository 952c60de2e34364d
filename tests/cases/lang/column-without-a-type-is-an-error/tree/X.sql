@include action/sql/sqlite
@column dose
SELECT 1 AS dose
