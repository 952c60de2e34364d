-- @include action/sql/sqlite
-- @doc isStandardValidConcept: the concept, where there is one, is standard and valid.
-- @param table
-- @param column:ident
-- @param percent:number 0
-- @depend {{table}} as t
-- @depend /Concept as c
WITH looked AS (SELECT * FROM t),
bad AS (SELECT t.* FROM t JOIN c ON c.concept_id = t.{{column}}
    WHERE c.concept_id <> 0 AND (coalesce(c.standard_concept, '') <> 'S' OR c.invalid_reason IS NOT NULL))
SELECT * FROM bad
WHERE (SELECT count(*) FROM bad) * 100.0 > {{percent}} * (SELECT count(*) FROM looked)
