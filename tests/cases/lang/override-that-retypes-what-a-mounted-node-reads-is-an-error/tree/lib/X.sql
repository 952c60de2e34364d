-- @include action/sql/sqlite
-- @column id bigint
-- @column dose real Gy
SELECT 1 AS id, 2.5 AS dose
