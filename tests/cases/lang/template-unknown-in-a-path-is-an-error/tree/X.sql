@include action/sql/sqlite
@param table Labs
@depend ./{{tabl}} as t
SELECT 1 AS a
