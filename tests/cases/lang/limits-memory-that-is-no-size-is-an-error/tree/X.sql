@include action/sql/sqlite
@memory plenty
SELECT 1 AS a
