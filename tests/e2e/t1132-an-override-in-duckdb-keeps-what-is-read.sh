#!/usr/bin/env bash
# An override in DuckDB's SQL that drops or retypes a column which a mounted node
# reads is an error of `check`, at its line, and nothing runs; so is any override
# of what mounted DuckDB SQL reads. Without DuckDB that is not told.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_duckdb

mkdir "$work/p" && cd "$work/p" && git init -q
git config user.name x && git config user.email x@example.org
git config sluice.duckdb "$duckdb"
write lib/library <<'E'
@abstract
E
write lib/Lab.csv <<'E'
id,code,dose,born
1,a,2.5,2020-01-02
2,b,3.5,2021-01-02
E
write lib/Dose.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./Lab as l
SELECT id, code, dose, CAST(born AS DATE) AS born FROM l
E
write lib/Sum.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./Dose as d

WITH x AS (SELECT d.code, d.dose AS n FROM d)
SELECT code, sum(n) AS n FROM x GROUP BY code
E
write lib/Age.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Dose as d
SELECT id, born FROM d WHERE born > '2020-06-01'
E
write lib/Ids.py <<'E'
# @include action/python
# @depend ./Dose as d
import csv
rows = [[r["id"]] for r in csv.DictReader(open("in/d.csv"))]
csv.writer(open("out.csv", "w")).writerows([["id"]] + rows)
E
mkdir A
echo '@include /lib' >A/mount

refused() { # WORDS... in what check says, and as many errors
	local rc=0 word
	sluice check >"$work/out" 2>"$work/err" || rc=$?
	is "$rc" 3 "check of $1 ($(cat "$work/err"))"
	for word in "$@"; do
		has "$(cat "$work/out")" "$word" 'check'
	done
	is "$(grep -cv '^  ' "$work/out")" "$#" "no more than that: $(cat "$work/out")"
}
fine() {
	sluice check >"$work/out" 2>"$work/err" || fail "$1: $(cat "$work/out" "$work/err")"
	is "$(cat "$work/out")" '' "$1"
}
dose() { # SQL: the override in DuckDB
	printf '%s\n' '-- @include action/sql/duckdb' '-- @depend ./Lab as l' "$@" >A/Dose.sql
}
fine 'no override'

# before any run: the columns of a table in git, the types of its values
dose 'SELECT id, code FROM l'
refused 'A/Dose.sql:3:1: there is no column dose here, which lib/Sum.sql:4 reads (A/Sum, which is mounted) of what this hides' \
	'A/Dose.sql:3:1: there is no column born here, which lib/Age.sql:3 reads (A/Age, which is mounted)'
rc=0
sluice run >"$work/out" 2>"$work/err" || rc=$?
is "$rc" 3 'a run'
has "$(cat "$work/err")" 'A/Dose.sql:3:1: there is no column dose here' 'it says so'
is "$(find .git/sluice/results -type f 2>/dev/null | wc -l)" 0 'no node ran'

# statements before the last, stars of all kinds, names in any letters
dose 'CREATE TEMP TABLE t AS SELECT * EXCLUDE (dose) FROM l;' 'SELECT * FROM t'
refused 'A/Dose.sql:3:1: there is no column dose here, which lib/Sum.sql:4'
dose 'FROM l SELECT * REPLACE (dose * 2 AS dose)'
fine 'a star that replaces'
dose 'SELECT COLUMNS(c -> c <> '"'code'"') FROM l'
refused 'A/Dose.sql:3:1: there is no column code here, which lib/Sum.sql:4'
dose 'SELECT 7 AS more, born, DOSE, code, Id FROM l'
fine 'more, in another order'
# what a PIVOT gives hangs on values
dose 'PIVOT l ON code USING sum(dose) GROUP BY id'
fine 'a PIVOT is not known'
# an error of its own is told where it runs
dose 'SELECT nothing FROM l'
fine 'an override that is wrong in itself'

# a reader in DuckDB of an override in SQLite
printf '%s\n' '-- @include action/sql/sqlite' '-- @depend ./Lab as l' \
	'SELECT id, code, born FROM l' >A/Dose.sql
refused 'A/Dose.sql:3:1: there is no column dose here, which lib/Sum.sql:4'
write lib/Both.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./Dose as d
-- @depend ./Lab as l
SELECT l.id FROM l JOIN d USING (id, dose)
E
refused 'A/Dose.sql:3:1: there is no column dose here, which lib/Sum.sql:4' \
	'A/Dose.sql:3:1: there is no column dose here, which lib/Both.sql:4'
rm lib/Both.sql A/Dose.sql

# types: what is hidden declares none, and has not run: nothing is known
dose 'SELECT id, code, CAST(dose AS VARCHAR) AS dose, born FROM l'
fine 'nothing is known of what is hidden'
# it declares one
sed -i 's/^SELECT/-- @column dose real\n-- @column born date\n&/' lib/Dose.sql
refused 'A/Dose.sql:3:1: column dose is text here, and real in what this hides (lib/Dose.sql:3), as A/Sum reads it, which is mounted; CAST it, or say @column dose real' \
	'A/Dose.sql:3:1: column born is text here, and date in what this hides (lib/Dose.sql:4), as A/Age reads it, which is mounted; CAST it, or say @column born date'
dose 'SELECT id, code, dose, CAST(born AS DATE) AS born FROM l'
fine 'the types that are declared'
dose '-- @column born date' 'SELECT id, code, dose, born FROM l'
fine 'declared here, too'
dose 'SELECT id, code, CAST(dose AS BIGINT) AS dose, CAST(born AS DATE) AS born FROM l'
refused 'A/Dose.sql:3:1: column dose is integer here, and real in'
sed -i 's/@column dose real/@column dose decimal(10,2)/' lib/Dose.sql
dose 'SELECT id, code, CAST(dose AS DECIMAL(9,1)) AS dose, CAST(born AS DATE) AS born FROM l'
fine 'each decimal(9,1) is a decimal(10,2)'
dose 'SELECT id, code, CAST(dose AS DECIMAL(10,3)) AS dose, CAST(born AS DATE) AS born FROM l'
refused 'A/Dose.sql:3:1: column dose is decimal(10,3) here, and decimal(10,2) in'
sed -i 's/@column dose .*/@column id integer/' lib/Dose.sql
dose 'SELECT CAST(id AS HUGEINT) AS id, code, dose, CAST(born AS DATE) AS born FROM l'
fine 'an integer is an integer'
dose 'SELECT CAST(id AS VARCHAR) AS id, code, dose, CAST(born AS DATE) AS born FROM l'
refused 'A/Dose.sql:3:1: column id is text here, and integer in what this hides (lib/Dose.sql:3), as A/Age' \
	'A/Dose.sql:3:1: column id is text here, and integer in what this hides (lib/Dose.sql:3), as A/Ids'
# a word of the reader that is another input's column
write lib/Codes.sql <<'X'
-- @include action/sql/duckdb
-- @depend ./Dose as d
-- @depend ./Lab as l
SELECT l.id FROM l JOIN d USING (code)
X
refused 'A/Dose.sql:3:1: column id is text here, and integer in what this hides (lib/Dose.sql:3), as A/Age' \
	'A/Dose.sql:3:1: column id is text here, and integer in what this hides (lib/Dose.sql:3), as A/Ids'
rm lib/Codes.sql
# which nobody reads is of no account
sed -i 's/SELECT id, born/SELECT born/' lib/Age.sql
sed -i 's/"id"/"code"/g; s/r\["id"\]/r["code"]/' lib/Ids.py
fine 'nobody reads it'
sed -i 's/SELECT born/SELECT id, born/' lib/Age.sql
sed -i '/@column/d' lib/Dose.sql
rm A/Dose.sql

# what is hidden has run: its types were these
sluice run >"$work/out" 2>&1 || fail "$(cat "$work/out")"
dose 'SELECT id, code, CAST(dose AS VARCHAR) AS dose, born FROM l'
refused 'A/Dose.sql:3:1: column dose is text here, and was real in what this hides, as A/Sum reads it, which is mounted; CAST it, or say @column dose real' \
	'A/Dose.sql:3:1: column born is text here, and was date in what this hides, as A/Age'
# whole numbers or not: that is as the rows have it
dose 'SELECT id, code, CAST(dose AS BIGINT) AS dose, CAST(born AS DATE) AS born FROM l'
fine 'a number is a number'
# NULL is of any type
dose 'SELECT id, code, NULL AS dose, CAST(born AS DATE) AS born FROM l'
fine 'a column without values'
# what it read is not what it was: its types would not be, either
dose 'SELECT id, code, CAST(dose AS VARCHAR) AS dose, CAST(born AS DATE) AS born FROM l'
refused 'A/Dose.sql:3:1: column dose is text here, and was real in'
cp lib/Lab.csv "$work/Lab.csv"
sed -i 's/2.5/few/' lib/Lab.csv
fine 'it reads another table'
cp "$work/Lab.csv" lib/Lab.csv
# nor is it what it was
sed -i 's/^SELECT id, code, dose/SELECT id, code, CAST(dose AS VARCHAR) AS dose/' lib/Dose.sql
fine 'it is another itself'
sed -i 's/^SELECT.*/SELECT id, code, dose, born FROM l/' lib/Dose.sql

# files that are delivered may have any column tomorrow: what a star or a
# pattern of names takes of them is not known for sure, what is named is
mkdir "$work/landing"
git config sluice.landing "$work/landing"
cp lib/Lab.csv "$work/landing/raw.csv"
touch -d '2026-11-19 08:00' "$work/landing/raw.csv"
rm lib/Lab.csv A/Dose.sql
write lib/Lab <<'E'
@include action/source/file
@path raw.csv
E
sluice run >"$work/out" 2>&1 || fail "$(cat "$work/out")"
sed -i 's/d.dose AS n/d.dosis AS n/' lib/Sum.sql
for x in 'SELECT * FROM l' 'FROM l' 'SELECT l.* FROM l' \
	"SELECT COLUMNS('id|code|born') FROM l" "SELECT * LIKE '%o%' FROM l" \
	'WITH w AS (FROM l) SELECT * EXCLUDE (id) FROM w'; do
	dose "$x"
	fine "$x"
done
dose 'SELECT id, code, dose * 2 AS dose, born FROM l'
refused 'A/Dose.sql:3:1: there is no column dosis here, which lib/Sum.sql:4'
sed -i 's/d.dosis AS n/d.dose AS n/' lib/Sum.sql
fine 'what was delivered last'
dose 'SELECT id, code, dose, CAST(born AS DATE) AS born FROM l'
refused 'A/Dose.sql:3:1: column born is date here, and was text in'

# without DuckDB
git config sluice.duckdb "$work/none.so"
dose 'SELECT id, code FROM l'
sluice check >"$work/out" 2>"$work/err" || fail "without DuckDB: $(cat "$work/out" "$work/err")"
is "$(cat "$work/out")" '' 'without DuckDB nothing is told'
