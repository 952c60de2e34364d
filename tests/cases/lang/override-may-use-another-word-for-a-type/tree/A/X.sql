-- @include action/sql/sqlite
-- @column dose double
SELECT 1 AS id, 'x' AS dose
