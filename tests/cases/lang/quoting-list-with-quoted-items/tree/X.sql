@include action/sql/sqlite
@param l:list ('a, b', "it's")
SELECT 1 AS a WHERE 'a' IN {{l}}
