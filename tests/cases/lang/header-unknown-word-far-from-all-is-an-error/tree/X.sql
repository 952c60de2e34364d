-- @include action/sql/sqlite
-- @zzzzzzzz foo
SELECT 1 AS a
