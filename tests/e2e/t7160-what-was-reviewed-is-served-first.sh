#!/usr/bin/env bash
# With sluice.promote pin, merging serves what was reviewed, at its snapshot,
# computing nothing, though production has a newer one by then; a run at the
# newest follows. With latest, the default, the merge is run at the newest.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
landing=$work/landing
mkdir -p "$landing"
git -C "$bare" config sluice.landing "$landing"
git -C "$bare" config sluice.forge.url http://127.0.0.1:9/repos/clinic/data
echo x >"$work/token"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
deliver() { # TEXT: written a minute ago; and taken
	printf '%s' "$1" >"$landing/labs.csv"
	touch -d '1 minute ago' "$landing/labs.csv"
	(cd "$bare" && sluice snapshot --take >/dev/null 2>&1)
}
snapshot_of() { run_of "$1" manifest.json | jq -r .snapshot; }
served() { git -C "$bare" show refs/sluice/production:manifest.json; }
history() { # how what is served came to be, newest first: the snapshot and total
	local c
	for c in $(git -C "$bare" rev-list refs/sluice/production); do
		git -C "$bare" show "$c:manifest.json" | jq -r '.snapshot[:8] + " " + .nodes.Sum.table[:8]'
	done
}
promote_of() {
	(cd "$bare" && sluice status --json | jq -r --arg c "$(git -C "$clone" rev-parse "$1")" \
		'[.statuses[] | select(.commit == $c and (.description | test("merge"))) | .description] | last')
}

printf '%s\n' '@include action/source/file' '@path labs.csv' '@key id' >Labs
printf '%s\n' '-- @include action/sql/sqlite' '-- @depend ./Labs' \
	'SELECT sum(value) AS total FROM Labs' >Sum.sql
commit 'labs' >/dev/null
push main
deliver $'id,value\n1,10\n2,20\n'
run_once
is "$(cd "$bare" && sluice get Sum --at production)" $'total\n30' 'before'

# a branch is run and reviewed; then the data moves, twice
change() { # BRANCH SED
	git checkout -q -b "$1" main
	sed -i "$2" Sum.sql
	commit "$1" >/dev/null
	push "$1"
	run_once
}
change twice 's/sum(value)/2 * sum(value)/'
reviewed=$(run_of twice manifest.json)
deliver $'id,value\n1,10\n2,20\n3,30\n'
run_once
is "$(cd "$bare" && sluice get Sum --at production)" $'total\n60' 'fresh data'
[ "$(snapshot_of main)" != "$(jq -r .snapshot <<<"$reviewed")" ] || fail 'no new snapshot'

# pin: what merging runs is looked at, at the snapshot of the review
has "$(promote_of twice)" '1 node of the merge was never computed' 'latest'
git -C "$bare" config sluice.promote pin
n=$(runs_of main)
git checkout -q main
git merge -q --no-ff -m 'merged' twice
git push -q origin --delete twice
push main
run_once
is "$(runs_of main)" $((n + 2)) 'what was reviewed, and a refresh'
runs=$(git -C "$bare" rev-list -2 refs/sluice/runs/main)
first=$(tail -n 1 <<<"$runs") second=$(head -n 1 <<<"$runs")
is "$(git -C "$bare" show "$first:manifest.json")" "$reviewed" 'the reviewed manifest, byte for byte'
is "$(git -C "$bare" show "$first:run.json" | jq -c '[.nodes[].status] | unique')" '["reused"]' \
	'nothing is computed'
is "$(git -C "$bare" show "$second:run.json" | jq -r .reason)" \
	'fresh data: a new snapshot of the sources' 'why it runs again'
is "$(git -C "$bare" show refs/sluice/production~1:manifest.json)" "$reviewed" 'it was served'
is "$(cd "$bare" && sluice get Sum --at production)" $'total\n120' 'then fresh data'
run_once
is "$(runs_of main)" $((n + 2)) 'and no more than that'

# the data did not move: once is enough
change thrice 's/2 \* sum/3 * sum/'
n=$(runs_of main)
git checkout -q main
git merge -q --ff-only thrice
push main
run_once
is "$(runs_of main)" $((n + 1)) 'no refresh'
is "$(cd "$bare" && sluice get Sum --at production)" $'total\n180' 'it is served'

# a merge that nobody has run, and a commit of production itself: the newest
deliver $'id,value\n1,10\n2,20\n3,40\n'
run_once
sed -i 's/3 \* sum/4 * sum/' Sum.sql
commit 'in production itself' >/dev/null
n=$(runs_of main)
push main
run_once
is "$(runs_of main)" $((n + 1)) 'at the newest'
is "$(cd "$bare" && sluice get Sum --at production)" $'total\n280' 'it is served'

# killed between the run and its refresh: it is asked for all the same
change five 's/4 \* sum/5 * sum/'
deliver $'id,value\n1,10\n2,20\n3,50\n'
run_once
has "$(promote_of five)" 'merge runs 0 nodes' 'pin: said before the merge'
git checkout -q main
git merge -q --ff-only five
push main
run_once
fresh() { # requests
	sqlite3 "$bare/sluice/runner/run.db" \
		"SELECT count(*) FROM request WHERE branch = 'main' AND reason LIKE 'fresh data%'"
}
n=$(fresh)
sqlite3 "$bare/sluice/runner/run.db" "UPDATE request SET state = 'running' WHERE id =
	(SELECT max(id) - 1 FROM request); DELETE FROM request WHERE id = (SELECT max(id) FROM request)"
is "$(fresh)" $((n - 1)) 'it is forgotten'
run_once
is "$(fresh)" "$n" 'and asked for again'
is "$(cd "$bare" && sluice get Sum --at production)" $'total\n400' 'the refresh'

# latest: the newest at once
git -C "$bare" config sluice.promote latest
change six 's/5 \* sum/6 * sum/'
deliver $'id,value\n1,10\n2,20\n3,60\n'
run_once
n=$(runs_of main)
git checkout -q main
git merge -q --ff-only six
push main
run_once
is "$(runs_of main)" $((n + 1)) 'latest: one run'
is "$(cd "$bare" && sluice get Sum --at production)" $'total\n540' 'at the newest'

# a word that is neither
git -C "$bare" config sluice.promote newest
sed -i 's/6 \* sum/7 * sum/' Sum.sql
commit 'seven' >/dev/null
push main
(cd "$bare" && timeout 60 sluice runner --once) >"$work/out" 2>&1 || true
has "$(cat "$work/out")$(cd "$bare" && sluice status)" "sluice.promote is 'newest'; it is latest or pin" 'a word that is neither'
git checkout -q -b other main
commit 'a branch all the same' >/dev/null
push other
(cd "$bare" && timeout 100 sluice runner --once) >"$work/out" 2>&1 || true
is "$(sqlite3 "$bare/sluice/runner/run.db" \
	"SELECT state FROM request WHERE branch = 'other'")" 'done' 'a branch has its end'
