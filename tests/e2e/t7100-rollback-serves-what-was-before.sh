#!/usr/bin/env bash
# rollback serves again what was served before, computing nothing, and says so
# in production's history, in the status, and on the forge; runs of the commit
# that it led away from are not served until there is a new one. What cannot be
# served again is refused in words, and nothing moves.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
in_bare() { (cd "$bare" && sluice "$@"); }
# exits WANTED ARGUMENT...: on the server; its words are in $work/said
exits() {
	local want=$1 rc=0
	shift
	in_bare "$@" >"$work/said" 2>&1 || rc=$?
	is "$rc" "$want" "sluice $*: $(cat "$work/said")"
}
says() { has "$(cat "$work/said")" "$1" "${2:-said}"; }
tip() { git -C "$bare" rev-parse refs/sluice/production; }
served() { git -C "$bare" show refs/sluice/production:manifest.json | sha256sum; }
run_id() { git -C "$bare" rev-parse "refs/sluice/runs/$1"; }
results() { find "$bare/sluice/results" -type f | wc -l; }

# before anything was served
exits 4 rollback --reason early
says 'nothing was served yet'

make_clone
threshold() {
	write ClinicA/Patient.csv <<<$'id,albumin\n1,3.1\n2,4.0\n3,2.9'
	write ClinicA/Low.sql <<E
-- @include action/sql/sqlite
-- @depend ./Patient
SELECT id FROM Patient WHERE albumin < $1
E
	commit "threshold $1"
}
one=$(threshold 3.5)
push main
run_once
run1=$(run_id main)
first=$(served)
exits 2 rollback --reason 'nothing before'
says 'there is nothing to go back to'

# the same tables by another text are nothing to go back to either
sed -i '1i -- words' ClinicA/Low.sql
commit 'words alone' >/dev/null
push main
run_once
exits 2 rollback --reason 'nothing before'
says 'no other tables were served before'

two=$(threshold 3.0)
push main
run_once
run2=$(run_id main)
second=$(served)

# arguments
was=$(tip)
exits 2 rollback
says 'a rollback wants a reason'
exits 2 rollback --reason ' '
says 'a rollback wants a reason'
exits 2 rollback --reason $'one\nHeld: two'
says 'is one line'
exits 2 rollback --reason $'\xff'
says 'is not UTF-8'
exits 2 rollback --reason "$(printf '%256s' x)"
says 'more than 255 bytes'
exits 2 rollback --reason x one two
exits 2 rollback --why x
exits 2 rollback nothing --reason x
says 'no run of nothing is known'
exits 2 rollback '' --reason x
exits 2 rollback production --reason x
says "run ${run2:0:12} of ${two:0:12} is what is served now"
exits 2 rollback "${run2:0:8}" --reason x
says 'is what is served now'
exits 2 rollback main --reason x
says 'is what is served now'
# a run of another branch; one that failed; a text with errors
git checkout -q -b exp
threshold 2.0 >/dev/null
push exp
git checkout -q main
sed -i 's/SELECT id/SELECT nothing/' ClinicA/Low.sql
failed=$(commit 'it fails')
push main
run_once
exits 2 rollback exp --reason x
says "is of exp, and only what main has served can be served again"
exits 2 rollback "$failed" --reason x
says 'was never served: it failed'
sed -i '1i -- @depnd x' ClinicA/Low.sql
slip=$(commit 'a slip')
push main
run_once
exits 2 rollback "$slip" --reason x
says 'was never served: it has no tables'
is "$(tip)" "$was" 'nothing has moved'

# back, by default to what was before with other tables
before=$(results)
exits 0 rollback --reason 'the threshold is wrong'
says "production serves run $(git -C "$bare" log -1 --format=%s "$was~1" | cut -c5-16)"
says '1 table is other than before'
says "runs of ${two:0:12} are not served, until main has a new commit"
is "$(served | cut -c1-64)" "$(git -C "$bare" show "$was~1:manifest.json" | sha256sum | cut -c1-64)" \
	'what was served before'
is "$(results)" "$before" 'nothing was computed'
is "$(git -C "$bare" rev-parse refs/sluice/production~1)" "$was" 'behind what was served'
is "$(in_bare get --at production /ClinicA/Low | tr '\n' ' ')" 'id 1 3 ' 'its rows'

# who, when and why
is "$(in_bare log production --json | jq -c '[.[] | [.kind, .commit, .user, .reason]][0:2]')" \
	"[[\"rollback\",\"$(git rev-parse "$two~1")\",\"ann\",\"the threshold is wrong\"],[\"run\",\"$two\",\"ann\",\"\"]]" \
	'the history'
is "$(in_bare log production --json | jq -r '.[0].held')" "$two" 'what is held'
is "$(in_bare log production | wc -l)" 4 'the history, in lines'
has "$(in_bare log production | head -n 1)" "rollback $(git rev-parse "$two~1" | cut -c1-12)  main  by ann: the threshold is wrong" \
	'a line of it'
has "$(in_bare status)" 'by ann: the threshold is wrong' 'the status'
has "$(in_bare status)" "runs of ${two:0:12} are not served, until main has a new commit" 'the status'
is "$(in_bare status --json | jq -r .rollback.held)" "$two" 'the status, as JSON'
has "$(sluice status)" 'rollback production serves run' 'the status in a clone'
is "$(sluice log production --json | jq -r '.[0].kind')" rollback 'the history in a clone'

# what was there before is not served again by itself: the same commit with
# what is new today, nor a commit before it
exits 0 rollback "$run1" --reason 'further back'
is "$(served)" "$first" 'further back'
is "$(in_bare log production --json | jq -r '.[0].held')" "$two" 'held since the first'
now=$(tip)
run_once
push -f "$two:refs/heads/main" # as if the two that failed had not been
run_once
[ "$(run_id main)" != "$run2" ] || fail 'two was not run again'
is "$(tip)" "$now" 'the same commit is not served'
has "$(cat "$work/runner.log")" 'is not served: production was rolled back' 'and the log says why'
# the database made anew does what follows once more
rm "$bare"/sluice/runner/run.db*
run_once
is "$(tip)" "$now" 'nor after a restore'

# forward again to the newest: as if nothing had been
exits 0 rollback "$run2" --reason 'it was right'
says 'the next run of main is served as usual'
is "$(served)" "$second" 'forward'
is "$(in_bare status --json | jq -r .rollback.held)" '' 'nothing is held'
exits 0 rollback "$one" --reason 'no, it was not'
is "$(served)" "$first" 'by a commit'

# a new commit is served as ever, also one with the same files; what it served
# is what a rollback leads away from next
git checkout -q -B main "$two"
git commit -q --allow-empty -m 'again, with a word'
push main
run_once
is "$(git -C "$bare" log -1 --format=%s refs/sluice/production)" \
	"run $(run_id main) of $(git rev-parse --short=12 main)" 'a new commit is served'
is "$(in_bare status --json | jq -c .rollback)" null 'no rollback stands'
exits 0 rollback --reason 'still wrong'
is "$(served)" "$first" 'what rollbacks had led away from is not come back to'

# a table that is not in the store any more
threshold 2.5 >/dev/null
push main
run_once
was=$(tip)
table=$(git -C "$bare" show "$run1:manifest.json" | jq -r '.nodes["ClinicA/Low"].table')
rm -f "$bare/sluice/blobs/${table:0:2}/${table:2}"
exits 4 rollback "$run1" --reason 'gone'
says 'the table of ClinicA/Low is not in the store any more'
is "$(tip)" "$was" 'and production is as it was'

# runs that were let go (those of a branch that is gone), and what a hand wrote
lost=0123456789abcdef0123456789abcdef01234567
git -C "$bare" update-ref refs/sluice/production "$(git -C "$bare" commit-tree \
	-p "$was" -m "run $lost of 111111111111" 'refs/sluice/production^{tree}')"
is "$(in_bare log production --json | jq -c '.[0] | [.run, .branch, .commit]')" \
	"[\"$lost\",\"\",\"\"]" 'a run that is gone'
has "$(in_bare log production | head -n 1)" 'its run is gone' 'in words'
