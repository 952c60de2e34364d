-- @include action/sql/sqlite
-- @doc plausibleStartBeforeEnd, plausibleTemporalAfter: what begins ends later.
-- @param table
-- @param start:ident
-- @param end:ident
-- @param percent:number 0
-- @depend {{table}} as t
WITH looked AS (SELECT * FROM t),
bad AS (SELECT * FROM t WHERE date({{end}}) < date({{start}}))
SELECT * FROM bad
WHERE (SELECT count(*) FROM bad) * 100.0 > {{percent}} * (SELECT count(*) FROM looked)
