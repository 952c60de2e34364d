@include action/sql/sqlite
SELECT a FROM t
-- @depend ./T as t
