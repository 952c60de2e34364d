#!/usr/bin/env bash
# Four statuses of every tip, pending before any of them ends, and each with an
# end in every way in which a request can end: well, with a node that fails, a
# test that blocks, a guard, errors in the text, cancelled, overtaken before and
# after its run, without a branch to merge into, and rolled back.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
FORGE=gitea start_forge
git -C "$bare" config sluice.forge.type gitea
echo x >"$work/token"
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
make_clone
four='data promote run tests'

# told COMMIT: "CONTEXT STATE TEXT" as the forge took them, oldest first
told() {
	jq -r --arg c "$1" 'select(.method == "POST" and .accepted and
		(.path | endswith($c))) | .body |
		"\(.context | ltrimstr("sluice/")) \(.state) \(.description)"' "$forge_log"
}
# ends COMMIT CONTEXT: what is shown of it
ends() { told "$1" | grep "^$2 " | tail -n 1 | cut -d ' ' -f 2-; }
# shows COMMIT CONTEXT PATTERN
# shellcheck disable=SC2053
shows() { [[ "$(ends "$1" "$2")" = $3 ]]; }
# all_end COMMIT WORDS: all four are told an end
all_end() {
	local context
	for context in $four; do
		case $(ends "$1" "$context") in
		'' | pending*) fail "$2: $context is '$(ends "$1" "$context")'" ;;
		esac
	done
}
# began COMMIT WORDS: all four were pending before the first ended
began() {
	is "$(told "$1" | head -n 4 | cut -d ' ' -f 1,2 | sort | paste -sd ' ')" \
		'data pending promote pending run pending tests pending' "$2"
}

# the branch is what the server has no production of yet
write Patient.sql <<'E'
-- @include action/sql/sqlite
-- @release
-- @key id
-- @test rows(1, 5000)
-- @warn range(id, 1, 900)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
SELECT i AS id, 'x' AS name FROM n
E
early=$(commit 'before there is a main')
push HEAD:refs/heads/early
run_once
all_end "$early" early
is "$(ends "$early" promote)" 'success not applicable: there is no branch main' 'no production'

write Slow.sh <<E
# @include action/bash
echo n >out.csv; echo 1 >>out.csv
E
main=$(commit 'main')
push main
run_once
all_end "$main" main
is "$(ends "$main" tests)" 'success 1 pass, 1 warn' 'tests'
is "$(ends "$main" data)" 'success not applicable: nothing to compare with' 'no base'
is "$(ends "$main" promote)" 'success served: production has these tables' 'served'
shows "$main" run 'success 2 nodes: 1 run, 1 reused, *' || fail "run: $(ends "$main" run)"

# hold NAME: a node that waits, so that "pending" is seen
hold() {
	cat >Slow.sh <<E
# @include action/bash
touch '$work/at-$1'
for i in {1..600}; do [ -e '$work/go-$1' ] && break; sleep 0.1; done
echo n >out.csv; echo 1 >>out.csv
E
}
pending() { [ "$(told "$1" | grep -c ' pending ')" = 4 ]; }

start_runner
git checkout -q -b exp
hold well
sed -i 's/i < 1000/i < 1500/' Patient.sql
well=$(commit 'more rows')
push exp
wait_for 60 pending "$well"
touch "$work/go-well"
wait_for 60 shows "$well" promote 'success merge runs 0 nodes*'
began "$well" 'well'
is "$(ends "$well" data)" 'success 1 delivered table changes by code: +500 −0 ~0' 'data'
all_end "$well" 'well'

# cancelled while it runs
hold cancelled
cancelled=$(commit 'to be cancelled')
push exp
wait_for 60 pending "$cancelled"
wait_for 60 test -e "$work/at-cancelled"
(cd "$bare" && sluice cancel exp >/dev/null)
wait_for 60 shows "$cancelled" promote 'error *'
for context in $four; do
	wait_for 20 shows "$cancelled" "$context" 'error cancelled'
done

# overtaken while it runs
hold overtaken
overtaken=$(commit 'to be overtaken')
push exp
wait_for 60 pending "$overtaken"
git checkout -q main -- Slow.sh
sed -i 's/i < 1500/i < 9000/' Patient.sql
broad=$(commit 'a band that is broken')
push exp
for context in $four; do
	wait_for 60 shows "$overtaken" "$context" "error superseded by ${broad:0:7}"
done
wait_for 60 shows "$broad" promote 'failure 1 test of the merge does not hold *'
is "$(ends "$broad" tests)" \
	'failure 1 blocking: rows outside the declared band in Patient; 1 warn' 'a band'
is "$(ends "$broad" data)" 'failure Patient: rows outside the declared band' 'a guard'
shows "$broad" run 'success *' || fail "a test is no node: $(ends "$broad" run)"

# guards of the data: empty, without a column, with a broken key, a table gone
guard() { # SED WORDS
	sed -i "$1" Patient.sql
	guarded=$(commit "$2")
	push exp
	wait_for 60 shows "$guarded" data "failure $2"
}
guard 's/i < 9000/i < 1000/; s/FROM n$/FROM n WHERE 0/; s/^-- @test.*/-- @doc x/' \
	'Patient is empty now (1,000 rows before)'
guard 's/ WHERE 0//; s/, .x. AS name//' 'Patient: column name is gone'
guard 's/i AS id/i \/ 2 AS id/' 'Patient: the declared key is broken; 1 more'
shows "$guarded" run 'success *' || fail "a key that does not hold has a table: $(ends "$guarded" run)"
git rm -q -f Patient.sql
guarded=$(commit gone)
push exp
wait_for 60 shows "$guarded" data 'failure Patient is not there any more'

# errors in the text: what is not known is no success
write Wrong.sql <<'E'
-- @include action/sql/none
SELECT 1
E
wrong=$(commit 'errors')
push exp
wait_for 60 shows "$wrong" promote 'failure the text of the merge has 1 error*'
is "$(ends "$wrong" data)" 'failure not known: see sluice/run' 'data of errors'
is "$(ends "$wrong" tests)" 'failure not known: see sluice/run' 'tests of errors'
shows "$wrong" run 'failure The pipeline has 1 error*' || fail "run: $(ends "$wrong" run)"

# what the server could not do: an end, too
kill "$runner"
wait "$runner" || true
git checkout -q -b trouble main
write Delivered.sql <<'E'
-- @include action/source/file
-- @path labs.csv
E
trouble=$(commit 'files, and no landing directory is set')
push trouble
run_once
all_end "$trouble" trouble
is "$(ends "$trouble" run)" 'error The run could not be done on the server' trouble
is "$(ends "$trouble" data)" 'error not known: see sluice/run' 'data of trouble'

# production goes on, then back
git checkout -q main
sed -i 's/i < 1000/i < 1100/' Patient.sql
next=$(commit 'a hundred more')
push main
run_once
is "$(ends "$next" promote)" 'success served: production has these tables' 'next'
is "$(ends "$next" data)" 'success 1 delivered table changes by code: +100 −0 ~0' 'next'
(cd "$bare" && sluice rollback --reason 'came twice' >/dev/null)
run_once
shows "$next" promote 'failure rolled back: *' || fail "rolled back: $(ends "$next" promote)"
is "$(ends "$main" promote)" 'success rolled back: served again' 'served again'
run_once
shows "$next" promote 'failure rolled back: *' || fail "stays: $(ends "$next" promote)"

# nothing is left that waits
is "$(sqlite3 "$bare/sluice/runner/outbox.db" \
	"SELECT count(*) FROM slot WHERE state = 'pending'")" 0 'left pending'
lacks "$(cat "$forge_log")" 'came twice' 'the reason'
