@include action/sql/sqlite
@depend ./_draft as d
SELECT 1 AS a
