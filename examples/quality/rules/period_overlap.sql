-- @include action/sql/sqlite
-- @doc measureObservationPeriodOverlap: no two periods of a person overlap.
-- @param table
-- @param percent:number 0
-- @depend {{table}} as t
WITH looked AS (SELECT DISTINCT person_id FROM t),
bad AS (SELECT DISTINCT a.person_id FROM t AS a JOIN t AS b USING (person_id)
    WHERE a.period_id <> b.period_id AND a.start_date <= b.end_date AND b.start_date <= a.end_date)
SELECT * FROM bad
WHERE (SELECT count(*) FROM bad) * 100.0 > {{percent}} * (SELECT count(*) FROM looked)
