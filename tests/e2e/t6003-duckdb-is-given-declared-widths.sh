#!/usr/bin/env bash
# An integer whose @column says its width is of that type in DuckDB, from a
# delivered file, a table in git and a node, and so what its type decides is as
# in one database with such columns; a value beyond it fails where it is made.
. "$(dirname "$0")/lib.sh"
need_duckdb

mkdir "$work/p" "$work/landing" && cd "$work/p" && git init -q
git config sluice.landing "$work/landing"
printf 'id,start,days,weight\n1,2020-02-28,2,10000000000\n2,2020-03-01,-3,\n' >"$work/landing/doses.csv"
touch -d '1 minute ago' "$work/landing/doses.csv" # it is delivered
write doses <<'E'
@include action/source/file
@path doses.csv
@column id smallint
@column start date
@column days int32
@column weight hugeint
E
write Ends.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./doses as d
SELECT id, start + days AS until, typeof(id) AS i, typeof(days) AS d, typeof(weight) AS w,
 lpad('x', days + 4, '-') AS padded FROM d
E
printf 'n\n7\n' | write Seven.csv
echo '@column n int32' | write Seven
# what DuckDB made a BIGINT is what the header says
write Wide.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./Seven as s
-- @column n int32
-- @column same int
SELECT n::BIGINT + 1 AS n, n AS same FROM s
E
write Kinds.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./Seven as s
-- @depend ./Wide as w
SELECT typeof(s.n) AS s, typeof(w.n) AS w, typeof(w.same) AS same FROM s, w
E
sluice run 2>run.log || fail "run: $(cat run.log)"
is "$(sluice get Ends)" "id,until,i,d,w,padded
1,2020-03-01,SMALLINT,INTEGER,HUGEINT,-----x
2,2020-02-27,SMALLINT,INTEGER,HUGEINT,x" "a delivered file"
is "$(sluice get Kinds)" "s,w,same
INTEGER,INTEGER,INTEGER" "a table in git, and nodes"

# to all others it is an integer
write Lite.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./doses as d
SELECT id + days AS n, typeof(weight) AS w FROM d
E
sluice run Lite 2>run.log || fail "SQLite: $(cat run.log)"
is "$(sluice get Lite)" "n,w
-1,null
3,integer" "SQLite"

sed -i 's/,-3,/,3000000000,/' "$work/landing/doses.csv"
touch -d '1 minute ago' "$work/landing/doses.csv"
sluice snapshot --take >/dev/null 2>&1 || fail "the second delivery"
! sluice run 2>run.log >&2 || fail "a value of 32 bits and more was taken"
has "$(cat run.log)" "row 2, column 'days': the value is not a whole number of 32 bits, as @column asks for" "too wide"
