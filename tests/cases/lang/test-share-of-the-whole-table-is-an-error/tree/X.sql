-- @include action/sql/sqlite
-- @test rows(1, 2) 5%
-- @test coverage(a, 0.5) 5%
SELECT 1 AS a
