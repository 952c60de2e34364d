-- @include action/sql/sqlite
-- @test range(a, *, *)
SELECT 1 AS a
