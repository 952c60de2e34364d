@include action/sql/sqlit
SELECT 1 AS a
