#!/usr/bin/env bash
# A change of a column runs the DuckDB nodes that read it and no others: also
# where they say * on the way, and where they declare what they read.
. "$(dirname "$0")/lib.sh"
need_duckdb

mkdir "$work/p" && cd "$work/p" && git init -q
write T.csv <<'E'
id,a,b,c
1,10,x,0.5
2,20,y,1.5
E
write U.csv <<'E'
id,k,a
1,7,1
E
node() { # NAME SQL
	printf -- '-- @include action/sql/duckdb\n-- @depend ./T as t\n-- @depend ./U as u\n%s\n' "$2" |
		write "$1.sql"
}
node A 'SELECT id, a FROM t'
node Star 'WITH s AS (SELECT * FROM t) SELECT s.id FROM s WHERE s.a > 5'
node All 'SELECT * FROM t'
node Temp 'CREATE TEMP TABLE x AS SELECT id, b FROM t; SELECT b FROM x'
node Count 'SELECT count(*) AS n FROM t'
node Join 'SELECT t.b, u.k FROM t JOIN u USING (id)'
node Natural 'SELECT count(*) AS n FROM t NATURAL JOIN u'
write Declared.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./T as t (id, b)
SELECT * FROM t
E
ran() { # what the next run executes, without the tables in git
	sluice run 2>&1 | sed -n 's/^computed \([A-Z][a-z]*\):.*/\1/p' | sed '/^[TU]$/d' | sort | xargs
}
is "$(ran)" "A All Count Declared Join Natural Star Temp" "the first run"
is "$(ran)" "" "the second"
sed -i 's/1.5$/2.5/' T.csv
is "$(ran)" "All" "c is read by who says * to the end"
sed -i 's/^2,20,y/2,20,z/' T.csv
is "$(ran)" "All Declared Join Temp" "b"
sed -i 's/^2,20/2,21/' T.csv
is "$(ran)" "A All Natural Star" "a"
sed -i '1s/$/,d/; 2,$s/$/,9/' T.csv
is "$(ran)" "All" "a column more"
# another name of a column that nobody reads, but all see
sed -i '1s/,d$/,k/' T.csv
is "$(ran)" "All Join Natural" "a name that both have: k is ambiguous, or joined on"
# one row more is seen by everybody
sed -i '1s/,k$/,d/' T.csv
ran >/dev/null
echo '3,30,x,1.5,9' >>T.csv
is "$(ran)" "A All Count Declared Join Natural Star Temp" "a row more"
