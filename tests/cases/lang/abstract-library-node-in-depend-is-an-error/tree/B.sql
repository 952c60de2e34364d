@include action/sql/sqlite
@depend lib/X
SELECT 1 AS a
