-- @include action/sql/sqlite
-- @doc fkDomain: the concept is of that domain.
-- @param table
-- @param column:ident
-- @param domain
-- @param percent:number 0
-- @depend {{table}} as t
-- @depend /Concept as c
WITH looked AS (SELECT * FROM t),
bad AS (SELECT t.* FROM t JOIN c ON c.concept_id = t.{{column}}
    WHERE c.domain_id <> {{domain}})
SELECT * FROM bad
WHERE (SELECT count(*) FROM bad) * 100.0 > {{percent}} * (SELECT count(*) FROM looked)
