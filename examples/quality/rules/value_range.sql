-- @include action/sql/sqlite
-- @doc plausibleValueLow, plausibleValueHigh: values of a concept, in one unit.
-- @param table
-- @param column:ident
-- @param concept:int
-- @param value:ident
-- @param unit:int
-- @param low:number
-- @param high:number
-- @param percent:number 0
-- @depend {{table}} as t
WITH looked AS (SELECT * FROM t
    WHERE {{column}} = {{concept}} AND unit_concept_id = {{unit}} AND {{value}} IS NOT NULL),
bad AS (SELECT * FROM looked WHERE {{value}} NOT BETWEEN {{low}} AND {{high}})
SELECT * FROM bad
WHERE (SELECT count(*) FROM bad) * 100.0 > {{percent}} * (SELECT count(*) FROM looked)
