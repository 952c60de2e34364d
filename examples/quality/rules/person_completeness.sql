-- @include action/sql/sqlite
-- @doc measurePersonCompleteness: each person has a row.
-- @param table
-- @param percent:number 0
-- @depend {{table}} as t
-- @depend /Person as p
WITH looked AS (SELECT DISTINCT person_id FROM p),
bad AS (SELECT person_id FROM looked
    WHERE person_id NOT IN (SELECT person_id FROM t WHERE person_id IS NOT NULL))
SELECT * FROM bad
WHERE (SELECT count(*) FROM bad) * 100.0 > {{percent}} * (SELECT count(*) FROM looked)
