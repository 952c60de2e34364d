-- @include action/sql/sqlite
-- @dpend ./T
SELECT 1 AS a
