@include action/psql
SELECT 1 AS a
