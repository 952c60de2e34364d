-- @include action/sql/sqlite
-- @depend ./X
SELECT id, Dose * 2 AS dose FROM X
