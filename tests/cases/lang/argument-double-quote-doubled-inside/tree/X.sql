@include action/sql/sqlite
@column a text "the ""first"" one"
SELECT 1 AS a
