@include action/sql/sqlite
@column dose real ±5%
SELECT 1 AS dose
