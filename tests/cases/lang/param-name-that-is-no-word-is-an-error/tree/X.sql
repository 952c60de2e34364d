@include action/sql/sqlite
@param 1st x
SELECT 1 AS a
