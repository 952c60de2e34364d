-- @include action/sql/sqlite
-- @doc plausibleGender: the concept is met in persons of that gender.
-- @param table
-- @param column:ident
-- @param concept:int
-- @param gender:int
-- @param percent:number 0
-- @depend {{table}} as t
-- @depend /Person as p
WITH looked AS (SELECT t.*, p.gender_concept_id FROM t JOIN p USING (person_id)
    WHERE t.{{column}} = {{concept}}),
bad AS (SELECT * FROM looked WHERE gender_concept_id <> {{gender}})
SELECT * FROM bad
WHERE (SELECT count(*) FROM bad) * 100.0 > {{percent}} * (SELECT count(*) FROM looked)
