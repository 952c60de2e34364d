@include action/sql/sqlite
@abstract
SELECT 1 AS a
