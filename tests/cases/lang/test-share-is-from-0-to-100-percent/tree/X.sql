-- @include action/sql/sqlite
-- @test not_null(a) 101%
-- @test not_null(b) five%
SELECT 1 AS a, 2 AS b
