#!/usr/bin/env bash
# A DuckDB node may do what is in its key and nothing else: each refusal says
# why, where in the user's file, and shows no value of the data.
. "$(dirname "$0")/lib.sh"
need_duckdb

mkdir "$work/p" && cd "$work/p" && git init -q
write T.csv <<'E'
id,name,born
1,Smith-Jones,1970-01-01
2,,not a date
E
echo 'id' >"$work/outside.csv"
n=0
# refused WORDS <<E SQL E: the first line of SQL is the fourth of the file
refused() {
	n=$((n + 1))
	printf '%s\n' "$1" >"$work/words.$n"
	{
		printf -- '-- @include action/sql/duckdb\n-- @depend ./T as t\n\n'
		cat
	} | write "N$n.sql"
}
only='inputs are read only'
outside='a node sees its inputs and nothing else'
settings='settings that are the same everywhere'
tells='it tells of the engine or the machine'
refused "4:1: \"INSERT\" is refused: $only" <<<"INSERT INTO t VALUES (3)"
refused "5:1: \"UPDATE\" is refused: $only" <<<"
UPDATE t SET id = 3; SELECT 1"
refused "4:1: \"DELETE\" is refused: $only" <<<"DELETE FROM t; SELECT 1"
refused "4:11: \"DROP\" is refused: $only" <<<"SELECT 1; DROP TABLE t; SELECT 1"
refused "4:1: \"ATTACH\" is refused: $outside" <<<"ATTACH 'x.db'; SELECT 1"
refused "4:1: \"COPY\" is refused: $outside" <<<"COPY t TO '$work/stolen.csv'"
refused "4:1: \"INSTALL\" is refused: $outside" <<<"INSTALL httpfs; SELECT 1"
refused "4:1: \"LOAD\" is refused: $outside" <<<"LOAD httpfs; SELECT 1"
refused "4:1: \"EXPORT\" is refused: $outside" <<<"EXPORT DATABASE 'x'"
refused "4:1: \"IMPORT\" is refused: $outside" <<<"IMPORT DATABASE 'x'"
refused "4:1: \"CALL\" is refused: $outside" <<<"CALL pragma_version()"
refused "4:1: \"USE\" is refused: $outside" <<<"USE main; SELECT 1"
refused "4:1: \"PRAGMA\" is refused: a node is run with $settings" <<<"PRAGMA threads = 8; SELECT 1"
refused "4:1: \"SET\" is refused: a node is run with $settings" <<<"SET TimeZone = 'Asia/Tokyo'; SELECT 1"
refused '4:1: write CREATE TEMP TABLE name AS' <<<"CREATE TABLE x AS SELECT 1; SELECT 1"
refused '4:19: write CREATE TEMP TABLE name AS SELECT' <<<"CREATE TEMP TABLE x(id INTEGER); SELECT 1"
refused '4:1: write CREATE TEMP MACRO' <<<"CREATE MACRO f(x) AS x; SELECT f(1)"
refused '4:1: refused: before its query a node may make TEMP tables' <<<"CREATE SEQUENCE s; SELECT 1"
refused '4:1: no query: the last statement' <<<"CREATE TEMP TABLE x AS SELECT 1"
refused '4:1: the rows of this query go nowhere' <<<"SELECT 1; SELECT 2"
refused "4:15: read_csv is refused: $tells" <<<"SELECT * FROM read_csv('$work/outside.csv')"
refused '4:1: Cannot access file' <<<"SELECT * FROM '$work/outside.csv'"
refused "4:8: CURRENT_SETTING is refused: $tells" <<<"SELECT CURRENT_SETTING('memory_limit')"
refused "4:15: duckdb_settings is refused: $tells" <<<"SELECT * FROM duckdb_settings()"
refused "4:15: query is refused: $tells" <<<"SELECT * FROM \"query\"('SELECT 1')"
refused "4:15: information_schema is refused: $tells" <<<"SELECT * FROM information_schema.tables"
refused '4:1: a placeholder' <<<"SELECT ? AS x"
for sample in 'USING SAMPLE 50%' 'USING SAMPLE 5 PERCENT (system)' \
	'TABLESAMPLE SYSTEM(50%)' 'TABLESAMPLE 50 PERCENT'; do
	refused 'refused: this sample is another one each time' <<<"SELECT * FROM t $sample"
done
# errors of the SQL itself
refused '6:8: Referenced column "nam" not found in FROM clause!' <<<"

SELECT nam FROM t"
refused 'Table with name u does not exist!; the inputs are t' <<<"SELECT * FROM u"
refused 'because schema "raw" does not exist.; the inputs are t' <<<"SELECT * FROM raw.u"
refused 'Catalog "db" does not exist!; the inputs are t' <<<'SELECT * FROM "db"."main"."t"'
refused '5:8: syntax error at or near "t"' <<<"SELECT 1
  FORM t"
# a value that is in the data is not in the message
refused '4:12: Could not convert string ... to INT32' <<<"SELECT name::INTEGER AS n FROM t"
sluice run >"$work/log" 2>&1 && fail "something was not refused"
for i in $(seq "$n"); do
	grep -F "N$i.sql:" "$work/log" >"$work/said" || fail "N$i ran: $(cat "N$i.sql") $(grep "N$i:" "$work/log")"
	has "$(cat "$work/said")" "$(cat "$work/words.$i")" "$(cat "N$i.sql")"
done
lacks "$(cat "$work/log")" Smith "a value in a message"
[ ! -e "$work/stolen.csv" ] || fail "a node wrote a file"
# its words are in the log, which stays where the data is
commit all >/dev/null
sluice run >/dev/null 2>&1 || true
has "$(sluice show --log "N$n")" "Could not convert string 'Smith-Jones'" "DuckDB's own words"

# what may be done
rm N*.sql
write Fine.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./T as t
CREATE OR REPLACE TEMP TABLE a AS FROM t;
CREATE TEMP VIEW b AS SELECT id FROM a; /* ; /* nested ; */ ; */
CREATE TEMP MACRO twice(x) AS x * 2;
CREATE TEMP FUNCTION rows_of(n) AS TABLE SELECT * FROM range(n);
WITH c AS (SELECT $$;$$ || E'\';' || 'x' AS s)
FROM b, c SELECT twice(id) AS id, s, (SELECT count(*) FROM rows_of(3)) AS n; -- ;
E
write Sample.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./T as t
SELECT count(*) > -1 AS a FROM (SELECT * FROM t USING SAMPLE 50 PERCENT (bernoulli))
UNION ALL SELECT count(*) > -1 FROM (SELECT * FROM t USING SAMPLE 50% (system, 7))
UNION ALL SELECT count(*) > -1 FROM (SELECT * FROM t TABLESAMPLE SYSTEM(50%) REPEATABLE (3))
UNION ALL SELECT count(*) > -1 FROM (SELECT * FROM t USING SAMPLE 2 ROWS) WHERE 7 % 2 = 1
E
write Pivot.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./T as t
PIVOT t ON id USING count(*) GROUP BY born
E
write List.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./T as t
SELECT list_transform([1, 2], lambda x: x + id) AS l, t.name[1:5] AS n FROM t
E
sluice run >"$work/log" 2>&1 || fail "$(cat "$work/log")"
is "$(sluice get Fine)" "id,s,n
2,;';x,3
4,;';x,3" "temporary things"
is "$(sluice get Pivot)" "born,1,2
1970-01-01,1,0
not a date,0,1" "a pivot"
is "$(sluice get List)" 'l,n
"[2,3]",Smith
"[3,4]",' "a lambda and a slice"
