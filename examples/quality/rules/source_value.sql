-- @include action/sql/sqlite
-- @doc sourceValueCompleteness: each code of the source has a concept.
-- @param table
-- @param column:ident
-- @param concept:ident
-- @param percent:number 0
-- @depend {{table}} as t
WITH looked AS (SELECT DISTINCT {{column}} FROM t WHERE {{column}} IS NOT NULL),
bad AS (SELECT DISTINCT {{column}} FROM t
    WHERE {{concept}} = 0 AND {{column}} IS NOT NULL)
SELECT * FROM bad
WHERE (SELECT count(*) FROM bad) * 100.0 > {{percent}} * (SELECT count(*) FROM looked)
