#!/usr/bin/env bash
# An override that drops a column which a mounted node reads is an error of
# `check`, at the override's line, and nothing runs; what is not known for sure
# is not told.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_bare
# nobody listens: what would be told waits, and is shown
git -C "$bare" config sluice.forge.url http://127.0.0.1:9/repos/clinic/data
echo x >"$work/token"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
make_clone
write lib/library <<'E'
@abstract
E
write lib/Lab.csv <<'E'
id,code,dose,unit
1,a,2.5,mg
2,b,3.5,mg
E
write lib/Dose.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Lab as l
SELECT id, code, dose, unit FROM l
E
write lib/Sum.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Dose as d

WITH x AS (SELECT d.code, d.dose AS n FROM d)
SELECT code, sum(n) AS n FROM x GROUP BY code
E
write lib/Ids.py <<'E'
# @include action/python
# @depend ./Dose as d (id, unit)
import shutil
shutil.copy("in/d.csv", "out.csv")
E
for c in A B; do
	mkdir $c
	echo '@include /lib' >$c/mount
done
sluice check 2>"$work/err"
is "$(cat "$work/err")" '8 nodes, 0 errors, 0 warnings' 'without overrides'
commit 'no override' >/dev/null

refused() { # WORDS... in what check says
	local rc=0 word
	sluice check >"$work/out" 2>"$work/err" || rc=$?
	is "$rc" 3 "check of $1"
	for word in "$@"; do
		has "$(cat "$work/out")" "$word" 'check'
	done
}
fine() {
	sluice check >"$work/out" 2>"$work/err" || fail "$1: $(cat "$work/out")"
}

# before any run: SQL over a table in git
write A/Dose.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Lab as l
-- @override

SELECT id, code FROM l
E
refused 'A/Dose.sql:5:1: there is no column dose here, which lib/Sum.sql:4 reads (A/Sum, which is mounted) of what this hides' \
	'A/Dose.sql:5:1: there is no column unit here, which lib/Ids.py:2 reads (A/Ids, which is mounted)'
is "$(wc -l <"$work/out")" 2 'no more than that'
is "$(sluice check --json 2>/dev/null | jq -c '.errors[0] | [.path, .line]')" \
	'["A/Dose.sql",5]' 'as JSON'
rc=0
sluice run >"$work/out" 2>"$work/err" || rc=$?
is "$rc" 3 'a run'
has "$(cat "$work/err")" 'A/Dose.sql:5:1: there is no column dose here' 'it says so'
has "$(cat "$work/err")" 'nothing was done' 'nothing ran'
is "$(find .git/sluice/results -type f | wc -l)" 0 'no node ran'

# others may be there, in any order; letters of either case are equal
sed -i 's/^SELECT.*/SELECT 7 AS more, Unit, dose, l.code, id FROM l/' A/Dose.sql
fine 'more columns'
# a table that hides a table, and a query over it with a star
printf '%s\n' '-- @include action/sql/sqlite' '-- @depend ./Lab as l' 'SELECT * FROM l' >A/Dose.sql
write A/Lab.csv <<'E'
id,code,dosis,unit
1,a,2.5,mg
E
refused 'A/Dose.sql:3:1: there is no column dose here, which lib/Sum.sql:4'
rm A/Lab.csv
fine 'the star of a library'"'"'s table'

# a join by a column that is gone
write lib/Both.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Dose as d
-- @depend ./Lab as l
SELECT l.id FROM d JOIN l USING (id, unit)
E
printf '%s\n' '-- @include action/sql/sqlite' '-- @depend ./Lab as l' \
	'SELECT id, code, dose FROM l' >A/Dose.sql
rm lib/Ids.py
refused 'A/Dose.sql:3:1: there is no column unit here, which lib/Both.sql:'
# where another input has a column of that name
printf '%s\n' '-- @include action/sql/sqlite' '-- @depend ./Dose as d' \
	'-- @depend ./Lab as l' 'SELECT count(unit) AS n FROM d' >lib/Both.sql
refused 'A/Dose.sql:3:1: there is no column unit here, which lib/Both.sql:4'
rm lib/Both.sql

# a header with a gap: its columns get names, and what a query names is sure
cp lib/Lab.csv "$work/Lab.csv"
printf ',id,code,dose\n1,1,a,2.5\n' >lib/Lab.csv
printf '%s\n' '-- @include action/sql/sqlite' '-- @depend ./Lab as l' \
	'SELECT id, code FROM l' >A/Dose.sql
sed -i 's/, unit FROM l/ FROM l/' lib/Dose.sql
refused 'A/Dose.sql:3:1: there is no column dose here, which lib/Sum.sql:4'
printf '%s\n' '-- @include action/sql/sqlite' '-- @depend ./Lab as l' \
	'SELECT * FROM l' >A/Dose.sql
sed -i 's/d.dose AS n/d.c1 AS n/' lib/Sum.sql
fine 'a star over it'
sed -i 's/d.c1 AS n/d.dose AS n/' lib/Sum.sql
cp "$work/Lab.csv" lib/Lab.csv
sed -i 's/ FROM l/, unit FROM l/' lib/Dose.sql
rm A/Dose.sql

# files that are delivered may have any column tomorrow: a star over them is
# not known for sure, what a query names is
mkdir "$work/landing"
git config sluice.landing "$work/landing"
git -C "$bare" config sluice.landing "$work/landing"
printf 'id,code,dose\n1,a,2\n' >"$work/landing/raw.csv"
touch -d '2026-11-19 08:00' "$work/landing/raw.csv"
git rm -q --cached lib/Lab.csv
rm lib/Lab.csv
write lib/Lab <<'E'
@include action/source/file
@path raw.csv
E
printf '%s\n' '-- @include action/sql/sqlite' '-- @depend ./Lab as l' \
	'SELECT id, code, dose FROM l' >lib/Dose.sql
fine 'nothing is known of files before a run'
sluice run >"$work/out" 2>&1 || fail "$(cat "$work/out")"
printf '%s\n' '-- @include action/sql/sqlite' '-- @depend ./Lab as l' \
	'SELECT * FROM l' >A/Dose.sql
sed -i 's/d.dose AS n/d.dosis AS n/' lib/Sum.sql
fine 'a star over files'
printf '%s\n' '-- @include action/sql/sqlite' '-- @depend ./Lab as l' \
	'SELECT id, code FROM l' >A/Dose.sql
sed -i 's/d.dosis AS n/d.dose AS n/' lib/Sum.sql
refused 'A/Dose.sql:3:1: there is no column dose here, which lib/Sum.sql:4'

# a push: no node runs, and the commit says what is wrong; mended, it runs
git checkout -q -b exp
one=$(commit 'a column is gone')
push exp
run_once
is "$(requests | tail -n 1 | cut -d' ' -f3-)" 'done failure' 'the run'
has "$(run_of exp report.md)" 'A/Dose.sql:3:1: there is no column dose here' 'the report'
has "$(note_of "$one")" 'A/Dose.sql:3' 'the note'
sed -i 's/^SELECT.*/SELECT id, code, dose FROM l/' A/Dose.sql
commit 'and back' >/dev/null
push exp
run_once
is "$(requests | tail -n 1 | cut -d' ' -f3-)" 'done success' 'mended'

# two branches, each well, that are not together: said before they are merged
git checkout -q -b reads
sed -i 's/SELECT d.code, d.dose AS n/SELECT d.code, d.dose + d.id AS n/' lib/Sum.sql
commit 'the library reads one more' >/dev/null
push reads
git checkout -q -b drops exp
sed -i 's/^SELECT.*/SELECT code, dose FROM l/' A/Dose.sql
commit 'the clinic drops it' >/dev/null
push drops
run_once
is "$(requests | tail -n 2 | cut -d' ' -f3- | sort -u)" 'done success' 'each alone'
git push -q origin reads:main
run_once
is "$(cd "$bare" && sluice status --json | jq -r --arg c "$(git -C "$clone" rev-parse drops)" \
	'[.statuses[] | select(.commit == $c and (.description | test("merge"))) | .description] | last')" \
	'the text of the merge has 1 error (as merged here)' 'sluice/promote'
git checkout -q reads
git merge -q drops -m both
rc=0
sluice check >"$work/out" 2>/dev/null || rc=$?
is "$rc" 3 'together'
has "$(cat "$work/out")" 'A/Dose.sql:3:1: there is no column id here, which lib/Sum.sql:4' 'which'

# what comes out of Python is known of the last run alone: before a merge that
# is production's
git checkout -q -b more exp
write lib/More.py <<'E'
# @include action/python
# @depend ./Dose as d (id)
import shutil
shutil.copy("in/d.csv", "out.csv")
E
write lib/With.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Dose as d
-- @depend ./More as m
SELECT m.id, d.dose FROM d JOIN m ON m.id = d.id
E
git rm -q lib/Sum.sql
commit 'a reader of two' >/dev/null
git push -q -f origin more:main
run_once
git checkout -q -b without more
sed -i 's/^SELECT.*/SELECT id, code FROM l/' A/Dose.sql
without=$(commit 'the clinic drops what it reads')
push without
run_once
is "$(cd "$bare" && sluice status --json | jq -r --arg c "$without" \
	'[.statuses[] | select(.commit == $c and .context == "sluice/promote") | .description] | last')" \
	'the text of the merge has 1 error (as merged here)' 'of what was known by a run alone'
