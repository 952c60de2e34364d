@include action/sql/sqlite
@key id, visit
@ordered
@release
SELECT 1 AS id, 2 AS visit
