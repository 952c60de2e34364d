-- @include action/sql/sqlite
-- @doc withinVisitDates: within a week of the visit.
-- @param table
-- @param column:ident
-- @param percent:number 0
-- @depend {{table}} as t
-- @depend /Visit as v
WITH looked AS (SELECT t.* FROM t JOIN v USING (visit_id)),
bad AS (SELECT t.* FROM t JOIN v USING (visit_id)
    WHERE date(t.{{column}}) NOT BETWEEN date(v.start_date, '-7 days') AND date(v.end_date, '7 days'))
SELECT * FROM bad
WHERE (SELECT count(*) FROM bad) * 100.0 > {{percent}} * (SELECT count(*) FROM looked)
