@include action/sql/sqlite
SELECT '{{' AS s
