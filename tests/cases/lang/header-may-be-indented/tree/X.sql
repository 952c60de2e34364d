  @include action/sql/sqlite
	-- @depend ./T as a
SELECT 1 AS a
