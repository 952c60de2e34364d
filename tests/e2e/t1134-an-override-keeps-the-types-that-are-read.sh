#!/usr/bin/env bash
# An override that gives a column which a mounted node reads another type than
# what it hides declares, or had in the last run, is an error of `check`, at the
# override's line. Of SQLite's SQL the types of columns that pass through and of
# a CAST are known, of commands those that @column says; nothing is guessed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_bare
git -C "$bare" config sluice.forge.url http://127.0.0.1:9/repos/clinic/data
echo x >"$work/token"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
make_clone
write lib/library <<'E'
@abstract
E
# written down in git: what each value is is known, and what is declared of it
write lib/Lab <<'E'
@column born date
E
write lib/Lab.csv <<'E'
id,code,dose,born,note
1,a,2.5,2020-01-02,
2,b,3.5,2021-01-02,
E
write lib/Dose.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Lab as l
SELECT id, code, dose, born, note FROM l
E
write lib/Sum.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Dose as d
SELECT code, sum(dose) AS n, max(note) AS note FROM d GROUP BY code
E
write lib/All.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Dose as d (id, born)
SELECT * FROM d
E
mkdir A B
echo '@include /lib' >A/mount
echo '@include /lib' >B/mount

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
dose() { # SQL: the override in SQLite
	printf '%s\n' '-- @include action/sql/sqlite' '-- @depend ./Lab as l' "$@" >A/Dose.sql
}
python() { # DIRECTIVES: the override in Python
	rm -f A/Dose.sql
	printf '# @include action/python\n# @depend ./Lab as l\n' >A/Dose.py
	printf '# %s\n' "$@" >>A/Dose.py
	echo 'import shutil; shutil.copy("in/l.csv", "out.csv")' >>A/Dose.py
}
fine 'no override'
dose 'SELECT id, code, CAST(dose AS TEXT) AS dose, born, note FROM l'
fine 'nothing is known of what is hidden'

# what is hidden declares its types
sed -i 's/^SELECT/-- @column dose real\n-- @column born date\n&/' lib/Dose.sql
refused 'A/Dose.sql:3:1: column dose is text here, and real in what this hides (lib/Dose.sql:3), as A/Sum reads it, which is mounted; CAST it, or say @column dose real'
dose 'SELECT id, code, CAST(dose AS INTEGER) AS dose, CAST(id AS TEXT) AS born, note FROM l'
refused 'A/Dose.sql:3:1: column dose is integer here, and real in' \
	'A/Dose.sql:3:1: column born is text here, and date in what this hides (lib/Dose.sql:4), as A/All'
dose 'SELECT id, code, CAST(dose AS REAL) AS dose, born, note FROM l'
fine 'a CAST to it, and a date that passes through'
dose 'SELECT id, code, id AS dose, code AS born, note FROM l'
refused 'A/Dose.sql:3:1: column dose is integer here, and real in' \
	'A/Dose.sql:3:1: column born is text here, and date in'
# by a temporary table, a view, a query in a query
dose 'CREATE TEMP TABLE t AS SELECT *, CAST(dose AS TEXT) AS x FROM l;' \
	'CREATE TEMP VIEW v AS SELECT id, code, x AS dose, born, note FROM t;' \
	'WITH w AS (SELECT * FROM v) SELECT * FROM (SELECT * FROM w)'
refused 'A/Dose.sql:3:1: column dose is text here, and real in'
# of these SQLite tells no type, and their values may be any
for x in 'dose || 1' 'max(dose, 1)' 'CASE WHEN id > 1 THEN dose ELSE code END' \
	'NULL' 'dose + 1' 'CAST(dose AS INTEGER) + 0.5' 'CAST(dose AS NUMERIC)'; do
	dose "SELECT id, code, $x AS dose, born, note FROM l"
	fine "$x"
done
dose 'SELECT id, code, CAST(dose AS TEXT) AS dose, born, note FROM l' \
	'UNION ALL SELECT id, code, dose, born, note FROM l'
fine 'what follows a UNION may be anything'
# one of a union has no value: which type all have another one tells
write U/X1/R.csv <<'E'
id,code,dose,born,note
1,a,,2020-01-02,
E
write U/X2/R.csv <<'E'
id,code,dose,born,note
2,b,3.5,2020-01-02,
E
for x in 1 2; do
	echo '@column born date' >U/X$x/R
done
printf '%s\n' '-- @include action/sql/sqlite' '-- @depend /U/*/R as u' \
	'SELECT id, code, dose, born, note FROM u' >A/Dose.sql
fine 'a union'
sed -i 's/code, dose, born/code, dose, id AS born/' A/Dose.sql
refused 'A/Dose.sql:3:1: column born is integer here, and date in'
rm -r U
# @column makes it so
dose '-- @column dose real' 'SELECT id, code, CAST(dose AS TEXT) AS dose, born, note FROM l'
fine 'declared here, too'

# of a command @column tells, and nothing else
python '@column dose text'
refused 'A/Dose.py:3:3: column dose is text here, and real in what this hides (lib/Dose.sql:3), as A/Sum reads it, which is mounted'
python '@column dose real' '@column id text'
fine 'nobody declares id'
rm A/Dose.py

# nothing is declared: what the last run had
sed -i '/@column/d' lib/Dose.sql
commit 'no override' >/dev/null
sluice run >"$work/out" 2>&1 || fail "$(cat "$work/out")"
dose 'SELECT id, code, CAST(dose AS TEXT) AS dose, CAST(born AS TEXT) AS born, note FROM l'
refused 'A/Dose.sql:3:1: column dose is text here, and was real in what this hides, as A/Sum reads it, which is mounted; CAST it, or say @column dose real' \
	'A/Dose.sql:3:1: column born is text here, and was date in what this hides, as A/All reads it'
dose 'SELECT id, code, CAST(dose AS INTEGER) AS dose, born, CAST(1 AS INTEGER) AS note FROM l'
fine 'a number is a number, and a column without values of no type'
dose '-- @column born date' 'SELECT id, code, dose, CAST(born AS TEXT) AS born, note FROM l'
fine 'declared here'
python '@column dose text' '@column id text'
refused 'A/Dose.py:3:3: column dose is text here, and was real in' \
	'A/Dose.py:4:3: column id is text here, and was integer in what this hides, as A/All reads it'
rm A/Dose.py
# a table in git that hides code: its values tell, where there are any
printf 'id,code,dose,born,note\n1,a,2.5,2020-01-02,\n' >A/Dose.csv
refused 'A/Dose.csv:1:1: column born is text here, and was date in what this hides, as A/All reads it'
printf 'id,code,dose,born,note\n1,a,,,\n' >A/Dose.csv
fine 'no value, no type'
rm A/Dose.csv
# through super what is hidden is there, too
printf '%s\n' '-- @include action/sql/sqlite' '-- @depend super as s' \
	'SELECT id, code, CAST(dose AS TEXT) AS dose, born, note FROM s' >A/Dose.sql
refused 'A/Dose.sql:3:1: column dose is text here, and was real in'

# a push: no node runs, the commit says what is wrong; mended, it runs
push main
run_once
is "$(requests | tail -n 1 | cut -d' ' -f3-)" 'done success' 'main'
git checkout -q -b exp
one=$(commit 'a column is retyped')
push exp
run_once
is "$(requests | tail -n 1 | cut -d' ' -f3-)" 'done failure' 'the run'
has "$(run_of exp report.md)" 'A/Dose.sql:3:1: column dose is text here, and was real' 'the report'
has "$(note_of "$one")" 'A/Dose.sql:3' 'the note'
sed -i 's/CAST(dose AS TEXT) AS dose/dose/' A/Dose.sql
commit 'and back' >/dev/null
push exp
run_once
is "$(requests | tail -n 1 | cut -d' ' -f3-)" 'done success' 'mended'
