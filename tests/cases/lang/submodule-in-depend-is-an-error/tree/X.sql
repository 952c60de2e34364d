@include action/sql/sqlite
@depend ext/Y
SELECT 1 AS a
