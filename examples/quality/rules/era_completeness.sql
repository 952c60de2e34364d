-- @include action/sql/sqlite
-- @doc measureConditionEraCompleteness: each person of the table has an era.
-- @param table
-- @param era
-- @param percent:number 0
-- @depend {{table}} as t
-- @depend {{era}} as e
WITH looked AS (SELECT DISTINCT person_id FROM t WHERE person_id IS NOT NULL),
bad AS (SELECT person_id FROM looked
    WHERE person_id NOT IN (SELECT person_id FROM e WHERE person_id IS NOT NULL))
SELECT * FROM bad
WHERE (SELECT count(*) FROM bad) * 100.0 > {{percent}} * (SELECT count(*) FROM looked)
