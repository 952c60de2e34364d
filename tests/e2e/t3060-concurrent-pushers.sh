#!/usr/bin/env bash
# Eight people push at once, to branches of their own and against each other
# to one, while the resident runner works, is killed, and begins again: every
# tip ends with one result that is its own, and no note is lost.
. "$(dirname "$0")/lib.sh"
pushers=8 rounds=3

make_bare
make_clone seed
example
commit 'four nodes' >/dev/null
push main
start_runner

pusher() { # NUMBER: pushes to its own branch, and tries the shared one
	local n=$1 i
	git clone -q "$bare" "$work/p$n" 2>/dev/null
	cd "$work/p$n"
	for ((i = 1; i <= rounds; i++)); do
		sed -i "s/< [0-9.]*/< $n.$i/" ClinicA/Low.sql
		git commit -q -am "pusher $n, round $i"
		git push -q origin "HEAD:own/$n" 2>/dev/null
		git push -q -f origin HEAD:shared 2>/dev/null || true
	done
}
pids=()
for ((n = 1; n <= pushers; n++)); do
	pusher "$n" &
	pids+=("$!")
done
# five times: when it has done some more, it dies and another one begins
done_now() { sqlite3 "$bare/sluice/runner/run.db" \
	"SELECT count(*) FROM request WHERE state <> 'queued'" 2>/dev/null || echo 0; }
moved() { [ "$(done_now)" -gt "$before" ]; }
for _ in 1 2 3 4 5; do
	before=$(done_now)
	wait_for 60 moved
	kill -9 "$runner"
	wait "$runner" 2>/dev/null || true
	start_runner
done
for pid in "${pids[@]}"; do wait "$pid" || fail 'a push failed'; done

idle() {
	[ "$(sqlite3 "$bare/sluice/runner/run.db" "SELECT count(*) FROM request
		WHERE state IN ('queued', 'running')")" = 0 ] || return 1
	local branch tip
	while read -r tip branch; do
		[ "$(sqlite3 "$bare/sluice/runner/run.db" "SELECT count(*)
			FROM tip WHERE branch = '$branch' AND commit_id = '$tip'")" = 1 ] || return 1
	done < <(git -C "$bare" for-each-ref --format='%(objectname) %(refname:lstrip=2)' refs/heads)
}
wait_for 240 idle
kill "$runner"
wait "$runner" || fail 'the runner did not end well'

n=0
while read -r tip branch; do
	is "$(requests | grep -c "^$branch $tip done success$")" 1 "$branch"
	is "$(run_of "$branch" run.json |
		python3 -c 'import json,sys; print(json.load(sys.stdin)["commit"])')" \
		"$tip" "$branch: the latest run is the tip's"
	has "$(note_of "$tip")" 'nodes' "$branch: the note"
	n=$((n + 1))
done < <(git -C "$bare" for-each-ref --format='%(objectname) %(refname:lstrip=2)' refs/heads)
is "$n" $((pushers + 2)) 'branches'
# what was run was run once
is "$(requests | grep ' done ' | sort | uniq -d)" '' 'run twice'
