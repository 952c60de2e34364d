#!/usr/bin/env bash
# Lists, structures and maps go through two nodes as they go through two tables
# of one database, at their worst: texts with escapes and texts that look like
# JSON, decimals of more digits than a double has, names between quotes, what is
# empty and what is not there. What JSON does not give back stays JSON.
. "$(dirname "$0")/lib.sh"
need_duckdb

mkdir "$work/p" && cd "$work/p" && git init -q
cat >select.txt <<'E'
SELECT 1 AS id,
 ['a' || chr(10) || 'b', 'c\d', 'q"x', 'null', '', ' x,y ', '{', chr(1) || 'z', 'é', NULL] AS texts,
 [0.1, 1e300, 'nan', '-inf', NULL]::DOUBLE[] AS reals, [0.1, NULL]::FLOAT[] AS floats,
 [[12345678901234567.123, NULL], []]::DECIMAL(38,3)[][] AS decimals,
 ['-170141183460469231731687303715884105727'::HUGEINT] AS wide, [TIME '08:03:28.513'] AS times,
 {'a b': 1, 'A"q': {'x': ['y' || chr(10), NULL], 'd': 1.50::DECIMAL(15,2)},
  'select': NULL::DATE} AS deep,
 [{'a': 1}, NULL] AS records, MAP {3: 'x' || chr(9), 1: NULL} AS counts,
 MAP {}::MAP(VARCHAR, INTEGER) AS none, [1.5, 2.5]::DOUBLE[2] AS fixed,
 [INTERVAL '1 year 2 months 3 days 04:05:06.7'] AS spans,
 {'at': TIMESTAMPTZ '2020-04-27 23:30:00-05',
  'id': '123e4567-e89b-12d3-a456-426614174000'::UUID} AS places,
 {'j': '[1.50]'::JSON} AS documents, {'d': 12345678901234567.1::DECIMAL(18,1)} AS fine
UNION ALL
SELECT 2, NULL, [], NULL, NULL, NULL, [], {'a b': NULL, 'A"q': NULL, 'select': '2020-01-01'},
 [], NULL, NULL, NULL, NULL, NULL, NULL, NULL
E
cat >types.txt <<'E'
SELECT id, typeof(COLUMNS(* EXCLUDE id)) FROM Copy
E
cat >texts.txt <<'E'
SELECT id, COLUMNS(* EXCLUDE id)::VARCHAR FROM Copy
E
cat >uses.txt <<'E'
SELECT id, deep."A""q".x[1] AS x, counts[3] AS three, records[1].a AS a, fixed[2] AS f,
 decimals[1][1] + 1 AS d, places.at AS at FROM Copy
E
node() { # NAME DEPEND SQL
	printf -- '-- @include action/sql/duckdb\n%s-- @key id\n%s\n' \
		"${2:+-- @depend ./$2
}" "$3" | write "$1.sql"
}
node All '' "$(cat select.txt)"
node Copy All 'SELECT * FROM "All"'
node Types Copy "$(cat types.txt)"
node Texts Copy "$(cat texts.txt)"
node Uses Copy "$(cat uses.txt)"
sluice run 2>run.log || fail "run: $(cat run.log; sluice show --log Uses)"

cat >whole.sql <<E
CREATE TABLE Copy AS $(cat select.txt);
COPY ($(cat types.txt) ORDER BY id) TO '$work/Types.csv' (HEADER);
COPY ($(cat texts.txt) ORDER BY id) TO '$work/Texts.csv' (HEADER);
COPY ($(cat uses.txt) ORDER BY id) TO '$work/Uses.csv' (HEADER);
E
in_duckdb whole.sql
python3 - "$work" >"$work/differences" <<'E'
import csv, subprocess, sys
for node in "Types", "Texts", "Uses":
    got = subprocess.run(["sluice", "get", node], capture_output=True, text=True).stdout
    got = list(csv.DictReader(got.splitlines(True)))
    want = list(csv.DictReader(open(sys.argv[1] + "/" + node + ".csv", newline="")))
    if len(got) != 2 or len(want) != 2:
        print(node, "has", len(got), "rows, not", len(want))
    for g, w in zip(got, want):
        for column in w:
            if g[column] != w[column]:
                print(node, g["id"], column, g[column], "not", w[column])
E
cat >"$work/wanted" <<'E'
Types 1 documents JSON not STRUCT(j JSON)
Types 1 fine JSON not STRUCT(d DECIMAL(18,1))
Types 2 documents JSON not STRUCT(j JSON)
Types 2 fine JSON not STRUCT(d DECIMAL(18,1))
Texts 1 documents {"j":[1.5]} not {'j': '[1.50]'}
Texts 1 fine {"d":12345678901234567.1} not {'d': 12345678901234567.1}
E
is "$(cat "$work/differences")" "$(cat "$work/wanted")" "what differs"

# SQLite is given the JSON, Parquet what it can hold
write Lite.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Copy as c (id, deep, texts)
SELECT id, json_extract(deep, '$."a b"') AS a, json_extract(texts, '$[0]') AS t FROM c
E
sluice run Lite 2>run.log || fail "SQLite: $(cat run.log)"
is "$(sluice get Lite)" 'id,a,t
1,1,"a
b"
2,,' "SQLite"
sluice get Copy -o "$work/Copy.parquet" 2>run.log || fail "Parquet: $(cat run.log)"
cat >parquet.sql <<E
COPY (SELECT typeof(counts) AS t, typeof(wide) AS w, texts[1] AS x, wide->>0 AS h
 FROM '$work/Copy.parquet' WHERE id = 1) TO '$work/parquet.csv';
E
in_duckdb parquet.sql
is "$(cat "$work/parquet.csv")" 't,w,x,h
"MAP(INTEGER, VARCHAR)",JSON,"a
b",-170141183460469231731687303715884105727' "Parquet"

# a name of more than 255 bytes is not kept
node Long '' "SELECT 1 AS id, {$(printf "'a_name_of_some_length_%s': 1, " $(seq 1 20))'z': 2} AS s"
node LongUse Long "SELECT id, typeof(s) AS t, s->>'\$.z' AS z FROM Long"
sluice run LongUse 2>run.log || fail "a long name: $(cat run.log)"
is "$(sluice get LongUse)" "id,t,z
1,JSON,2" "a long name"

# a name that another program says is put into SQL only where it is understood
write Python.py <<'E'
# @include action/python
import json
types = ["STRUCT(a INTEGER)", "STRUCT(a INTEGER); SELECT 1", "INTEGER[](", "STRUCT(a b c)",
         "STRUCT(a INTEGER)[", "MAP(INTEGER)", "STRUCT()", "STRUCT(\"a INTEGER)", "NOTHING[]"]
json.dump([{"name": "c%d" % i, "type": "json", "as": t} for i, t in enumerate(types)],
          open("out.schema.json", "w"))
with open("out.csv", "w") as out:
    print(",".join("c%d" % i for i in range(len(types))), file=out)
    print(",".join(['"{""a"":1}"'] * len(types)), file=out)
E
node Said Python 'SELECT 1 AS id, typeof(COLUMNS(*)) FROM Python'
sluice run Said 2>run.log || fail "names that are said: $(cat run.log)"
is "$(sluice get Said)" "id,c0,c1,c2,c3,c4,c5,c6,c7,c8
1,STRUCT(a INTEGER),JSON,JSON,JSON,JSON,JSON,JSON,JSON,JSON" "names that are said"
