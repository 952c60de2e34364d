#!/usr/bin/env bash
# A repository with 10,000 branches that sluice has never seen: whoever pushes
# is answered, and is run before them. All of them go at once, with no hook; 50
# branches come in one push: each has its result or its end.
. "$(dirname "$0")/lib.sh"
slow
branches=10000

SANDBOX=none make_bare
make_clone
example
main=$(commit 'four nodes')
push main
for ((i = 1; i <= branches; i++)); do echo "create refs/heads/b/$i $main"; done |
	git -C "$bare" update-ref --stdin
count() { # STATE
	sqlite3 -cmd '.timeout 10000' "$bare/sluice/runner/run.db" \
		"SELECT count(*) FROM request WHERE state = '$1'" 2>/dev/null || echo 0
}
ended() { requests | grep -c "^$1\$" >/dev/null; } # -q ends early: SIGPIPE
queued() { [ "$(count queued)" -gt $((branches / 2)) ]; }
start_runner
wait_for 120 ended "main $main done success"
wait_for 120 queued

# 1. a push to a new branch, to one of the many, to production: before the rest
git checkout -q -b exp
sed -i 's/< [0-9.]*/< 3.0/' ClinicA/Low.sql
exp=$(commit 'a branch')
push exp
wait_for 120 ended "exp $exp done success"
git checkout -q -b one main
sed -i 's/< [0-9.]*/< 2.0/' ClinicA/Low.sql
one=$(commit 'one of the many')
push "one:refs/heads/b/$branches"
wait_for 120 ended "b/$branches $one done success"
git checkout -q main
sed -i 's/< [0-9.]*/< 1.0/' ClinicA/Low.sql
two=$(commit 'production')
push main
wait_for 120 ended "main $two done success"
queued || fail 'nothing was left to go before'
is "$(run_of exp run.json | jq -r .base)" "$main" 'the base'

# the pusher's lines come from the resident runner, though it has much to do:
# what was not known in time is "queued", then it is asked again
asked() {
	for _ in $(seq 100); do
		push exp:refs/heads/asked
		grep -q 'nodes affected on asked' "$work/pushed" && return
		git -C "$bare" update-ref -d refs/heads/asked
	done
	fail "never answered in time: $(cat "$work/pushed")"
}
asked
push :asked

# 2. all of them go at once; what waited is not run
for ((i = 1; i <= branches; i++)); do echo "delete refs/heads/b/$i"; done |
	git -C "$bare" update-ref --stdin
nothing() { [ "$(count queued)" = 0 ] && [ "$(count running)" = 0 ]; }
wait_for 240 nothing
is "$(git -C "$bare" for-each-ref refs/heads refs/sluice/runs | wc -l)" \
	$((2 + 2)) 'branches, and branches with runs'
# what had a run keeps it
is "$(git -C "$bare" for-each-ref refs/sluice/deleted | wc -l)" \
	"$(requests | grep -E '^(b/.*|asked) .* done success' | cut -d' ' -f1 |
		sort -u | wc -l)" 'runs of the deleted'

# 3. fifty branches in one push, each with a commit of its own
for ((i = 1; i <= 50; i++)); do
	git checkout -q -b "fifty/$i" main
	sed -i "s/< [0-9.]*/< 9.$i/" ClinicA/Low.sql
	commit "of fifty: $i" >/dev/null
done
git push -q origin 'refs/heads/fifty/*' >"$work/pushed" 2>&1
[ "$(grep -c 'sluice:' "$work/pushed")" -le 5 ] || fail 'more than five lines'
fifty() { [ "$(requests | grep -c '^fifty/.* done success')" = 50 ]; }
wait_for 240 fifty
is "$(git -C "$bare" for-each-ref refs/sluice/runs/fifty | wc -l)" 50 'fifty runs'
for i in 1 25 50; do
	is "$(run_of "fifty/$i" run.json | jq -r .commit)" \
		"$(git rev-parse "fifty/$i")" "fifty/$i"
done
kill "$runner"
wait "$runner" || fail 'the runner did not end well'
