@include action/sql/sqlite
@column born date ±1
SELECT 1 AS born
