@include action/sql/sqlite
@timeout soon
SELECT 1 AS a
