-- @include action/sql/sqlite
-- @doc plausibleAfterBirth: not before the person was born.
-- @param table
-- @param column:ident
-- @param percent:number 0
-- @depend {{table}} as t
-- @depend /Person as p
WITH looked AS (SELECT t.*, p.birth_date FROM t JOIN p USING (person_id)),
bad AS (SELECT * FROM looked WHERE date({{column}}) < date(birth_date))
SELECT * FROM bad
WHERE (SELECT count(*) FROM bad) * 100.0 > {{percent}} * (SELECT count(*) FROM looked)
