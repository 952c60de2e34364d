-- @include action/sql/sqlite
-- @doc plausibleUnitConceptIds: the concept is measured in these units.
-- @param table
-- @param column:ident
-- @param concept:int
-- @param units:list
-- @param percent:number 0
-- @depend {{table}} as t
WITH looked AS (SELECT * FROM t
    WHERE {{column}} = {{concept}} AND unit_concept_id IS NOT NULL),
bad AS (SELECT * FROM looked WHERE unit_concept_id NOT IN {{units}})
SELECT * FROM bad
WHERE (SELECT count(*) FROM bad) * 100.0 > {{percent}} * (SELECT count(*) FROM looked)
