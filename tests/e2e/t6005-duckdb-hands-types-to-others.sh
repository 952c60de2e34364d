#!/usr/bin/env bash
# What DuckDB's types become for SQLite, Python and R, and that they are the
# same types behind them: the last node does with each what only that type does.
. "$(dirname "$0")/lib.sh"
need_duckdb

mkdir "$work/p" && cd "$work/p" && git init -q
cat >select.txt <<'E'
SELECT 1::INTEGER AS id, true AS b, 7::SMALLINT AS s, 0.25::FLOAT AS f,
 12.50::DECIMAL(10,2) AS d, DATE '2020-02-28' AS day, TIME '08:03:28.5' AS t,
 TIMESTAMP '2020-02-28 08:03:28' AS ts, TIMESTAMPTZ '2020-02-28 08:03:28+01' AS tz,
 UUID '123e4567-e89b-12d3-a456-426614174000' AS u, INTERVAL 36 HOUR AS i,
 ['x', 'y'] AS l, NULL::DATE AS never, 'a "b", c' AS name
UNION ALL SELECT 2, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, ''
E
printf -- '-- @include action/sql/duckdb\n-- @key id\n%s\n' "$(cat select.txt)" | write Made.sql
write Lite.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Made
-- @key id
SELECT *, typeof(b) || typeof(d) || typeof(day) AS kinds FROM Made
E
write Python.py <<'E'
# @include action/python
# @depend ./Made as m
# @key id
import csv, datetime, decimal, json
types = {c["name"]: c["type"] for c in json.load(open("in/m.schema.json"))}
read = {"integer": int, "date": datetime.date.fromisoformat, "boolean": "true".__eq__}
rows = [{n: read.get(types[n], str)(v) if v else None for n, v in r.items()} for r in csv.DictReader(open("in/m.csv"))]
with open("out.csv", "w", newline="") as f:
    out = csv.writer(f)
    out.writerow(["id", "after", "not_b", "d"])
    for r in rows:
        out.writerow([r["id"] + 1, r["day"] and r["day"] + datetime.timedelta(2),
                      str(not r["b"]).lower(), r["d"]])
json.dump([{"name": "id", "type": "integer", "as": "INTEGER"}, {"name": "after", "type": "date"},
           {"name": "not_b", "type": "boolean"}, {"name": "d", "type": types["d"]}],
          open("out.schema.json", "w"))
E
write R.R <<'E'
# @include action/r
# @depend ./Made as m
# @key id
schema <- readLines("in/m.schema.json", warn = FALSE)
pairs <- regmatches(schema, gregexpr('"name":"[^"]*","type":"[^"]*"', schema))[[1]]
types <- setNames(sub('.*"type":"(.*)"', "\\1", pairs), sub('"name":"([^"]*)".*', "\\1", pairs))
d <- read.csv("in/m.csv", colClasses = ifelse(types == "integer", "integer", ifelse(types == "date", "Date", "character")))
write.csv(data.frame(id = d$id, after = d$day + 2), "out.csv", row.names = FALSE)
E
cat >uses.txt <<'E'
SELECT m.id, NOT m.b AS b, typeof(m.s) AS ts, m.f::VARCHAR AS f, m.d * 3 AS d, m.day + m.id AS day,
 m.t + INTERVAL 1 HOUR AS t, m.ts - TIMESTAMP '2020-01-01' AS gap, m.tz::VARCHAR AS tz,
 typeof(m.u) AS tu, m.i + m.day AS i, m.l[2] AS l, m.never + 1 AS never, m.name
E
printf -- '-- @include action/sql/duckdb\n-- @depend ./Lite\n-- @key id\n%s, m.kinds FROM Lite m\n' "$(cat uses.txt)" | write Back.sql
write After.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./Python as p
-- @depend ./R as r
-- @key id
SELECT p.id, p.after + p.id AS later, NOT p.not_b AS b, p.d * 2 AS d, typeof(p.id) AS t,
 p.after::VARCHAR IS NOT DISTINCT FROM r.after AS same
FROM p LEFT JOIN r ON r.id = p.id - 1
E
sluice run >"$work/log" 2>&1 || fail "$(cat "$work/log")"

cat >whole.sql <<E
CREATE TABLE Made AS $(cat select.txt);
COPY ($(cat uses.txt), 'integerrealtext' AS kinds FROM Made m ORDER BY id) TO '$work/Back.csv' (HEADER);
E
in_duckdb whole.sql
python3 - "$work/Back.csv" >"$work/differences" <<'E'
import csv, subprocess, sys
got = subprocess.run(["sluice", "get", "Back"], capture_output=True, text=True).stdout
got = list(csv.DictReader(got.splitlines()))
want = list(csv.DictReader(open(sys.argv[1], newline="")))
want[1]["kinds"] = "integernulltext"[:7] + "nullnull"  # of the NULLs
for g, w in zip(got, want):
    for column in w:
        if g[column] != w[column]:
            print(column, repr(g[column]), repr(w[column]))
print(len(got), len(want))
E
is "$(cat "$work/differences")" "2 2" "through SQLite as in one database"
is "$(sluice get After)" "id,later,b,d,t,same
2,2020-03-03,true,25.00,INTEGER,true
3,,false,,INTEGER,true" "through Python and R"
