#!/usr/bin/env bash
# A blocking test that does not hold: the node and what is below it have their
# tables, the run is a failure, production keeps what it had; a warning blocks
# nothing. With sluice.publish each, the directories whose tests hold, also
# those above their nodes, take the new tables.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
write A/Lab.csv <<'E'
id,v
1,5
2,7
E
write A/Lab <<'E'
@test range(v, 0, 10)
@warn not_null(v)
E
write A/Sum.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Lab
SELECT sum(v) AS v FROM Lab
E
write B/Twice.sql <<'E'
-- @include action/sql/sqlite
-- @depend ../A/Sum
SELECT 2 * v AS v FROM Sum
E
write C/Own.csv <<'E'
x
1
E
served() { git -C "$bare" show refs/sluice/production:manifest.json; }
state_of() { served | jq -r --arg n "$1" '.nodes[$n] | .state'; }
table_of() { served | jq -r --arg n "$1" '.nodes[$n] | .table'; }
last() { requests | tail -n 1 | cut -d' ' -f3-; }

one=$(commit 'all is well')
push main
run_once
is "$(last)" 'done success' 'tests that hold'
is "$(served | jq -c '[.nodes["A/Lab"].tests[].verdict]')" '["ok","ok"]' 'verdicts'
lacks "$(note_of "$one")" 'tests that do not' 'the note of what is well'
has "$(note_of "$one")" '2 tests hold' 'how many tests there are'
was=$(served | sha256sum)

# a warning blocks nothing
printf '3,\n' >>A/Lab.csv
two=$(commit 'a gap')
push main
run_once
is "$(last)" 'done success' 'a warning'
is "$(served | jq -c '[.nodes["A/Lab"].tests[] | [.verdict, .warn, .rows]]')" \
	'[["ok",null,0],["failed",true,1]]' 'the warning is told'
[ "$(served | sha256sum)" != "$was" ] || fail 'production did not move'
has "$(note_of "$two")" 'not_null(v)  warning: <11 rows offend' 'the note'
was=$(served | sha256sum)

# a branch: it fails, and all below has tables, marked
git checkout -q -b exp
printf '4,70\n5,80\n' >>A/Lab.csv
three=$(commit 'out of range')
push exp
run_once
is "$(last)" 'done failure' 'a test that blocks'
manifest=$(run_of exp manifest.json)
is "$(jq -r '[.nodes[].state] | unique | join(" ")' <<<"$manifest")" ok 'all have tables'
is "$(jq -c '[.nodes[].doubts]' <<<"$manifest")" \
	'[null,["A/Lab"],["A/Lab"],null]' 'what is below is marked'
has "$(note_of "$three")" '1 of 2 tests does not hold' 'the headline'
has "$(note_of "$three")" 'range(v, ...)  <11 rows offend' 'the test'
lacks "$(run_of exp report.md | sed 's/[0-9]* ms//g')" '80' 'no value in the report'
has "$(run_of exp report.md)" 'below `A/Lab`, whose tests do not hold' 'the mark'
(cd "$bare" && sluice report exp --format html --outside >"$work/page")
has "$(cat "$work/page")" '<h2>Tests that do not hold</h2>' 'the page'
has "$(cat "$work/page")" '<code>range(v, ...)</code>: &#60;11 rows offend' 'outside'
lacks "$(cat "$work/page")" 'A/Lab:1' 'no line outside'
(cd "$bare" && sluice report exp --format html >"$work/page")
has "$(cat "$work/page")" \
	'<code>range(v, 0, 10)</code> 2 rows offend, <code>not_null(v)</code> 1 row offends' \
	"the node's section"
is "$(cd "$bare" && sluice report exp --format json |
	jq -c '[.status, .counts.tests_failed, .tests[0].rows, .tests[0].at,
		(.tables[] | select(.node == "B/Twice").doubts)]')" \
	'["failure",1,2,"A/Lab:1",["A/Lab"]]' 'as JSON'
# and it is remembered: nothing is computed for the same tree
commit 'reworded' >/dev/null
push exp
run_once
is "$(last)" 'done failure' 'the same tree'
is "$(run_of exp run.json | jq -c '[.tests[].status] | unique')" '["reused"]' \
	'an unchanged table is not tested twice'

# merged all the same: production keeps what it had
git checkout -q main
git merge -q --ff-only exp
push main
run_once
is "$(last)" 'done failure' 'merged'
is "$(served | sha256sum)" "$was" 'production keeps what it had'

# each directory for itself: C is new; A and B, below A's test, are not
git -C "$bare" config sluice.publish each
lab=$(table_of A/Lab) twice=$(table_of B/Twice)
sed -i 's/^1$/2/' C/Own.csv
commit 'another C' >/dev/null
push main
run_once
is "$(state_of C/Own)" ok 'C takes its new table'
is "$(state_of A/Lab) $(state_of B/Twice)" 'stale stale' 'A and B'
is "$(table_of A/Lab) $(table_of B/Twice)" "$lab $twice" 'the old tables'

# mended
sed -i '/0$/d' A/Lab.csv
commit 'in range again' >/dev/null
push main
run_once
is "$(last)" 'done success' 'mended'
is "$(state_of A/Lab) $(state_of B/Twice)" 'ok ok' 'all is served'
