@include action/sql/sqlite
@depend ./Y
SELECT 1 AS a FROM Y
