-- @include action/sql/sqlite
-- @column dose text
SELECT 1 AS id, 'x' AS dose
