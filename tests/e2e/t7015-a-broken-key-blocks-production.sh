#!/usr/bin/env bash
# A @key that does not hold, or a @column that is not there: the node has its
# table, the rows that offend are counted and shown at the desk, what is below
# it runs, marked; production keeps what it had. A value that does not fit its
# type is a failure, with row and column, and no table.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
write A/Patient.csv <<'E'
id,site,born
1,A,1950-01-31
1,B,1961-07-02
2,A,1948-11-20
E
write A/Patient <<'E'
@key id, site
@column born date
E
write A/Count.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Patient
-- @test rows(1, 1)
SELECT count(*) AS n FROM Patient
E
write B/Own.csv <<'E'
x
1
E
served() { git -C "$bare" show refs/sluice/production:manifest.json; }
last() { requests | tail -n 1 | cut -d' ' -f3-; }
tests_of() { run_of "$1" manifest.json | jq -c --arg n "$2" '.nodes[$n].tests'; }

commit 'all is well' >/dev/null
push main
run_once
is "$(last)" 'done success' 'a key that holds'
is "$(tests_of main A/Patient)" null 'what holds is not written down'
was=$(served | sha256sum)

# on a branch: two rows of one key, and two without a value in it
git checkout -q -b exp
cat >>A/Patient.csv <<'E'
2,A,1948-11-21
3,,1970-05-05
,,1971-06-06
E
bad=$(commit 'keys that break')
push exp
run_once
is "$(last)" 'done failure' 'the run'
manifest=$(run_of exp manifest.json)
is "$(jq -c '.nodes["A/Patient"] | [.state, .rows, (.tests | map([.test, .at, .verdict, .rows]))]' <<<"$manifest")" \
	'["ok",6,[["key(id, site)","A/Patient:1","failed",4]]]' 'the verdict'
is "$(jq -c '.nodes["A/Count"] | [.state, .rows, .doubts]' <<<"$manifest")" \
	'["ok",1,["A/Patient"]]' 'what is below runs, marked'
is "$(cd "$bare" && sluice get A/Count --at exp)" $'n\n6' 'with all rows'
has "$(note_of "$bad")" 'key(id, ...)  <11 rows offend' 'the note'
lacks "$(run_of exp report.md)$(note_of "$bad")" 1948 'no value'
(cd "$bare" && sluice report exp --format md --outside >"$work/outside")
has "$(cat "$work/outside")" 'key(id, ...)' 'outside'
lacks "$(cat "$work/outside")" '4 rows' 'no small number'

# remembered, by the desk and by the server
commit 'reworded' >/dev/null
push exp
run_once
is "$(run_of exp run.json | jq -c '[.nodes[].status] | unique')" '["reused"]' \
	'nothing is computed again'
is "$(run_of exp manifest.json)" "$manifest" 'and the manifest is the same'
rc=0
sluice test A/Patient --rows >../out || rc=$?
is "$rc" 1 'the desk'
is "$(cat ../out)" "failed A/Patient: A/Patient:1: key(id, site): 4 rows offend
     id  site  born
integer  text  date
-------  ----  ----------
               1971-06-06
      2  A     1948-11-20
      2  A     1948-11-21
      3        1970-05-05
(4 rows)
1 test: 1 does not hold" 'the rows'
sluice run >../out && fail 'a desk run with a broken key is well'
has "$(cat ../out)" 'failed A/Patient: A/Patient:1: key(id, site): 4 rows offend' 'a run'
sluice store gc --grace 0 >/dev/null
sluice test A/Patient --rows >../again || true
has "$(cat ../again)" '1948-11-21' 'gc keeps the rows that offend'

# merged all the same: production keeps what it had, and what is apart moves
git checkout -q main
git merge -q --ff-only exp
push main
run_once
is "$(last)" 'done failure' 'merged'
is "$(served | sha256sum)" "$was" 'production keeps what it had'
git -C "$bare" config sluice.publish each
sed -i 's/^1$/2/' B/Own.csv
commit 'another B' >/dev/null
push main
run_once
is "$(served | jq -c '[.nodes[].state]')" '["stale","stale","ok"]' 'B alone moves'

# mended
sed -i '/^2,A,1948-11-21$/d; /^3,/d; /^,/d' A/Patient.csv
commit 'mended' >/dev/null
push main
run_once
is "$(last)" 'done success' 'mended'
is "$(served | jq -c '[.nodes[].state]')" '["ok","ok","ok"]' 'all is served'

# a column that is declared and not there; a key that names none
sed -i 's/born date/Born date/' A/Patient
sed -i 's/^-- @test rows(1, 1)$/-- @key m/' A/Count.sql
rc=0
sluice run >../out || rc=$?
is "$rc" 1 'no such columns'
has "$(cat ../out)" "failed A/Patient: A/Patient:2: column(Born): could not be computed: the table has no column 'Born'; did you mean 'born'?" 'a column'
has "$(cat ../out)" "failed A/Count: A/Count.sql:3: key(m): could not be computed: the table has no column 'm'" 'a key'
is "$(sluice get A/Count)" $'n\n3' 'it has a table'

# a type: no table, row and column, not the value
sed -i 's/Born date/born date/; s/-- @key m/-- @key n/' A/Patient A/Count.sql
sed -i 's/^2,A,.*/2,A,20.11.1948/' A/Patient.csv
sluice run >../out && fail 'a value that does not fit'
has "$(cat ../out)" "row 3, column 'born': the value is not a date" 'a type'
lacks "$(cat ../out)" '20.11.1948' 'not the value'
has "$(cat ../out)" '1 failed, 1 blocked' 'no table'

# in every language a key is held against what came out
write B/Py.py <<'E'
# @include action/python
# @key k
print("k\n1\n1", file=open("out.csv", "w"))
E
write B/Kept.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Own
-- @key x
-- @ordered
SELECT x FROM Own UNION ALL SELECT x FROM Own
E
sluice test B >../out && fail 'keys of a command and of rows that are kept'
has "$(cat ../out)" 'failed B/Kept: B/Kept.sql:3: key(x): 2 rows offend' 'ordered'
has "$(cat ../out)" 'failed B/Py: B/Py.py:2: key(k): 2 rows offend' 'Python'
