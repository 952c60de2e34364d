-- @include action/sql/sqlite
-- @depend ./T as t
-- @doc Words.
SELECT a FROM t
