-- @include action/sql/sqlite
-- @depend ./Delivered as d
-- @key clinic, state
-- @doc How far each clinic's prescriptions are.
SELECT clinic, state, count(*) AS prescriptions, sum(beams) AS beams
FROM d
GROUP BY clinic, state
