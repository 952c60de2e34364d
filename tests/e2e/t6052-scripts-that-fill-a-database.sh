#!/usr/bin/env bash
# SQL of scripts that fill a database runs as it is, in both engines: an input
# whose local name has a dot is a table of that schema (FROM hosp.admissions),
# and a last CREATE TABLE name AS is its query.
. "$(dirname "$0")/lib.sh"
need_duckdb
mkdir "$work/p" && cd "$work/p" && git init -q
write hosp/admissions.csv <<'E'
subject_id,adm,ward
1,2020-01-01,A
2,2020-02-01,B
E
write hosp/patients.csv <<'E'
subject_id,born
1,1950
2,1960
E
engines="sqlite duckdb"
node() { # ENGINE NAME, header lines and SQL from stdin
	{
		echo "-- @include action/sql/$1"
		cat
	} | write "$1/$2.sql"
}
for engine in $engines; do
	node "$engine" Joined <<'E'
-- @depend /hosp/admissions as hosp.admissions
-- @depend /hosp/patients as hosp.patients
-- @depend /hosp/patients as plain
CREATE TEMP TABLE late AS
SELECT a.* FROM HOSP."admissions" a WHERE a.subject_id > 1;
SELECT late.adm, hosp.patients.born, plain.born AS again
  FROM late JOIN hosp.patients USING (subject_id) JOIN plain USING (subject_id)
E
	# two schemas have a table of one name; a quoted name with a dot is a name
	node "$engine" Named <<'E'
-- @depend /hosp/admissions as a.t
-- @depend /hosp/patients as b.t
-- @depend /hosp/patients as c.t
SELECT (SELECT max(adm) FROM a.t) AS m, (SELECT min(born) FROM b . t) AS n,
 (SELECT count(*) FROM "c.t") AS k
E
	node "$engine" Narrow <<'E'
-- @depend /hosp/admissions as hosp.admissions
SELECT subject_id, adm FROM hosp.admissions
E
	node "$engine" Script <<'E'
-- @depend /hosp/patients as hosp.patients
DROP TABLE IF EXISTS derived.age CASCADE; CREATE TABLE derived.age AS
WITH p AS (SELECT * FROM hosp.patients)
SELECT subject_id, 2020 - born AS age FROM p;
E
done
sluice run >/dev/null 2>../err || fail "a node of schemas failed: $(cat ../err)"
for engine in $engines; do
	is "$(sluice get "$engine/Joined")" "adm,born,again
2020-02-01,1960,1960" "$engine: joined"
	is "$(sluice get "$engine/Named")" "m,n,k
2020-02-01,1950,2" "$engine: named"
	is "$(sluice get "$engine/Script")" "subject_id,age
1,70
2,60" "$engine: a script that makes its table"
done

# a column that is not read touches no one, as for other names
sed -i 's/,A$/,C/' hosp/admissions.csv
sluice run 2>/dev/null >../out || fail "the second run failed"
has "$(sluice run --json)" '"computed":0' "nothing is left to do"
for engine in $engines; do
	has "$(sluice explain "$engine/Narrow")" "reused" "$engine: a column that is not read"
	sed -i 's/SELECT subject_id, adm/SELECT subject_id, ward/' "$engine/Narrow.sql"
done
sluice run >/dev/null 2>../err || fail "reading the other column failed: $(cat ../err)"
for engine in $engines; do
	is "$(sluice get "$engine/Narrow")" "subject_id,ward
1,C
2,B" "$engine: the other column"
done

# a table that is not there, a schema that is SQLite's own
node sqlite Missing <<'E'
-- @depend /hosp/admissions as hosp.admissions
SELECT * FROM hosp.admissions JOIN hosp.patient USING (subject_id)
E
node sqlite Temp <<'E'
-- @depend /hosp/admissions as temp.admissions
SELECT * FROM temp.admissions
E
# what is made is made last, and of a query; nothing else is dropped
for engine in $engines; do
	node "$engine" Early <<'E'
-- @depend ../hosp/patients as p
CREATE TABLE t AS SELECT * FROM p;
SELECT * FROM t
E
	node "$engine" Drops <<'E'
-- @depend ../hosp/patients as p
DROP TABLE IF EXISTS p;
CREATE TABLE t AS SELECT * FROM p
E
	node "$engine" Names <<'E'
-- @depend ../hosp/patients as p
CREATE TABLE t (a, b) AS SELECT * FROM p
E
done
{
	for i in $(seq 1 12); do
		echo "-- @depend /hosp/admissions as s$i.t"
	done
	echo "SELECT 1 AS one FROM s1.t"
	for i in $(seq 2 12); do
		echo ", s$i.t"
	done
} | node sqlite Many
code=0
sluice run /sqlite /duckdb >../out 2>../err || code=$?
is "$code" 1 "the status of failed nodes"
has "$(cat ../out)" "sqlite/Missing.sql:3:41: no such table: hosp.patient; the inputs are hosp.admissions" "a missing table"
has "$(cat ../out)" "input temp.admissions cannot be a table of a schema:" "SQLite's own schema"
has "$(cat ../out)" "input s8.t cannot be a table of a schema: too many attached databases - max 10" "more schemas than SQLite has"
for engine in $engines; do
	has "$(cat ../out)" "$engine/Early.sql:3:1: write CREATE TEMP TABLE name AS SELECT ...: what a node makes besides its rows is temporary" "$engine: a table that is not temporary"
	has "$(cat ../out)" "$engine/Drops.sql:3:1: DROP is refused: inputs are read only" "$engine: another name is dropped"
	has "$(cat ../out)" "$engine/Names.sql:3:16: columns are named in the query here" "$engine: a list of columns"
done
