#!/usr/bin/env bash
# status in a clone speaks of the server: each branch's newest run, and the tips
# that have none yet; of what was fetched before where the server is away; in
# words where it shows nothing, or hides its runs.
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
example
main=$(commit 'four nodes')
push main
# the state of a branch's lines: "STATE OUTCOME COMMIT" each
states() {
	sluice status --json >"$work/status" || fail 'status'
	jq -r --arg b "$1" '.requests[] | select(.branch == $b) |
		[.state, .outcome // "-", .commit] | join(" ")' "$work/status"
}

# nothing has run: which remote, and that its tip waits
out=$(sluice status)
is "$(head -n 1 <<<"$out")" origin 'which remote'
has "$out" "pending  main  ${main:0:12}  the server has no result of it yet" \
	'a tip without a run'
has "$out" 'origin shows no run' 'nothing has run'
is "$(states main)" "pending - $main" 'as JSON'
is "$(jq -c '[.remote, .runs]' "$work/status")" '["origin","none"]' 'the remote'

run_once
out=$(sluice status)
has "$out" "success  main  ${main:0:12}  4 nodes: 4 computed; ended" 'a run'
lacks "$out" pending 'it waits no more'
is "$(states main)" "done success $main" 'a run, as JSON'
is "$(jq -c '.requests[0] | [.nodes, .settled, .computed, .reused, .failed]' \
	"$work/status")" '[4,4,4,0,0]' 'counts'
is "$(jq -r '.requests[0].run' "$work/status")" \
	"$(git -C "$bare" rev-parse refs/sluice/runs/main)" 'the run itself'
is "$(jq -r '.runs' "$work/status")" shown 'runs are shown'

# a branch that this clone does not have, one that fails, one with a text error
git clone -q "$bare" "$work/other"
cd "$work/other"
git checkout -q -b exp/fails
sed -i 's/albumin/nothing/' ClinicA/Low.sql
fails=$(commit 'no such column')
push exp/fails
git checkout -q -b wrong main
sed -i 's/@depend/@depnd/' ClinicA/Low.sql
wrong=$(commit 'a slip')
push wrong
run_once
git checkout -q exp/fails
sed -i 's/nothing/albumin/' ClinicA/Low.sql
mended=$(commit 'mended')
push exp/fails
cd "$clone"
before=$(git for-each-ref refs/remotes refs/heads)
out=$(sluice status)
is "$(sed -n 2p <<<"$out" | cut -c 1-14)" 'success  main ' 'production first'
has "$out" "failure  exp/fails  ${fails:0:12}  4 nodes: 1 reused, 1 failed, 2 blocked" \
	'a failure'
has "$out" "pending  exp/fails  ${mended:0:12}" 'and the tip behind it'
has "$out" "failure  wrong      ${wrong:0:12}  The pipeline has 1 error, the first at ClinicA/Low.sql:2:4" \
	'an error in the text'
is "$(states exp/fails)" "done failure $fails
pending - $mended" 'two lines'
is "$(git for-each-ref refs/remotes refs/heads)" "$before" "the clone's own refs"
git cat-file -e "$mended" 2>/dev/null && fail 'its commits were fetched'

# the branch goes: no line
git push -q origin :wrong 2>/dev/null
lacks "$(sluice status)" wrong 'a branch that is gone'

# away: what was fetched before, and it is said
mv "$bare" "$work/away.git"
out=$(sluice status 2>"$work/err")
has "$(cat "$work/err")" \
	'could not be fetched; what follows is what was fetched before' 'away'
has "$out" "success  main       ${main:0:12}" 'what was fetched'
lacks "$out" pending 'tips are not known'
is "$(sluice status --json 2>/dev/null | jq -r .runs)" away 'away, as JSON'
mv "$work/away.git" "$bare"

# by another name, in a linked work tree, and without any
git remote rename origin upstream
has "$(sluice status)" 'there is no remote origin' 'no remote'
git config sluice.remote upstream
is "$(sluice status | head -n 1)" upstream 'sluice.remote'
git worktree add -q "$work/linked" -b linked
is "$(cd "$work/linked" && sluice status | head -n 1)" upstream \
	'a linked work tree'
git init -q "$work/alone"
has "$(cd "$work/alone" && sluice status)" 'there is no remote origin' 'alone'
is "$(cd "$work/alone" && sluice status --json | jq -c '[.runs, .requests]')" \
	'["none",[]]' 'alone, as JSON'

# the server hides its runs: not "pending", which would be a guess
sluice install --hide-runs "$bare" >/dev/null
out=$(sluice status)
has "$out" 'upstream hides its runs (sluice install --hide-runs)' 'hidden'
lacks "$out" pending 'hidden: nothing is known'
is "$(sluice status --json | jq -c '[.runs, .requests]')" '["hidden",[]]' \
	'hidden, as JSON'

# asked twice it fetches nothing the second time
git -C "$bare" config --unset-all transfer.hideRefs
sluice status >/dev/null
GIT_TRACE=$work/trace sluice status >/dev/null
lacks "$(cat "$work/trace")" 'fetch' 'nothing new'
