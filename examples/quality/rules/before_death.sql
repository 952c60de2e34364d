-- @include action/sql/sqlite
-- @doc plausibleBeforeDeath, plausibleDuringLife: not later than so many days after it.
-- @param table
-- @param column:ident
-- @param days:int 0
-- @param percent:number 0
-- @depend {{table}} as t
-- @depend /Death as d
WITH looked AS (SELECT t.* FROM t JOIN d USING (person_id)),
bad AS (SELECT t.* FROM t JOIN d USING (person_id)
    WHERE date(t.{{column}}) > date(d.death_date, {{days}} || ' days'))
SELECT * FROM bad
WHERE (SELECT count(*) FROM bad) * 100.0 > {{percent}} * (SELECT count(*) FROM looked)
