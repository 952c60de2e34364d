-- @include action/sql/sqlite
-- @depend ./X (id)
SELECT id, 1 AS dose FROM X
