#!/usr/bin/env bash
# `sluice snapshot --take` from cron: a new snapshot runs production, once and
# not twice, whatever else goes on; without news there is nothing; the run is
# compared with the one before, and says that the data is what is fresh.
. "$(dirname "$0")/lib.sh"

cc -shared -fPIC -O1 -o "$work/shift_clock.so" "$tests/e2e/shift_clock.c" -ldl
export ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-}
make_bare
make_clone
landing=$work/landing
mkdir -p "$landing/labs"
git -C "$bare" config sluice.landing "$landing"
deliver() { # NAME TEXT: written a minute ago
	printf '%s' "$2" >"$landing/$1"
	touch -d '1 minute ago' "$landing/$1"
}
take() { (cd "$bare" && sluice snapshot --take "$@"); }
tomorrow() { # COMMAND...: a day later
	SHIFT_CLOCK=86400 LD_PRELOAD=$work/shift_clock.so "$@"
}
new_queued() { jq -c '[.new,.queued]'; }
of_main() { # requests of main: "STATE OUTCOME" lines
	sqlite3 -separator ' ' "$bare/sluice/runner/run.db" \
		"SELECT state, outcome FROM request WHERE branch = 'main' ORDER BY id"
}
snapshot_of() { run_of "$1" manifest.json | jq -r .snapshot; }
newest() { (cd "$bare" && sluice snapshot --json | jq -r '.snapshots[0].snapshot'); }

deliver labs/a.csv $'id,value\n1,10\n2,20\n'
printf '@include action/source/file\n@path labs/*.csv\n@key id\n' >Labs
write Sum.sql <<'S'
-- @include action/sql/sqlite
-- @depend ./Labs
SELECT sum(value) AS total FROM Labs
S
main=$(commit 'labs')

# before any runner was here: the push is what will be run
push main
is "$(take --json | new_queued)" '[true,true]' 'the first'
has "$(take 2>&1)" 'no runner is here: `sluice runner` runs it' 'who will'
run_once
is "$(of_main)" 'done success' 'one run for the push and the snapshot'
is "$(snapshot_of main)" "$(newest)" 'with it'

# nothing new: nothing, as often as one likes
for _ in 1 2 3; do
	is "$(take --json | new_queued)" '[false,false]' 'nothing new'
done
run_once
is "$(of_main)" 'done success' 'no other run'

# fresh data, no runner: asked for twice, queued once
deliver labs/a.csv $'id,value\n1,10\n2,25\n3,30\n'
is "$(take --json | new_queued)" '[true,true]' 'fresh data'
is "$(take --json | new_queued)" '[false,true]' 'the same, still queued'
is "$(of_main | tail -n 1)" 'queued ' 'it is'
run_once
is "$(of_main)" $'done success\ndone success' 'one more run'
is "$(runs_of main)" 2 'runs'
is "$(take --json | new_queued)" '[false,false]' 'served'
is "$(run_of main run.json | jq -r .reason)" \
	'fresh data: a new snapshot of the sources' 'the reason'

# compared with the run before, of the same commit
today=$(date +%F)
is "$(run_of main run.json | jq -r .base)" "$main" 'the base'
report=$(cd "$bare" && sluice report main)
has "$report" "fresh data: the same code, sources of $today compared with earlier ones of $today: every difference is the data's" \
	'the report'
has "$report" 'Labs' 'what differs'
is "$(cd "$bare" && sluice report main --format json |
	jq -c '[.fresh_data, .same_inputs, (.tables[] | select(.node == "Labs") |
		[.rows_before, .rows_after, .added, .changed])]')" \
	'[true,false,[2,3,1,1]]' 'in numbers'
has "$(note_of main)" 'fresh data' 'the note'

# the next night: the date alone is new; no table is another
is "$(tomorrow take --json | new_queued)" '[true,true]' 'tomorrow'
tomorrow run_once
next=$(date -d "$today + 1 day" +%F)
report=$(cd "$bare" && sluice report main)
has "$report" "sources of $next compared with those of $today" 'the dates'
has "$report" '0 computed' 'nothing to compute'
is "$(run_of main manifest.json | jq -r .snapshot_date)" "$next" 'its date'
is "$(tomorrow take --json | new_queued)" '[false,false]' 'once that night'

# a push that no runner has seen, and fresh data: one run for both
deliver labs/b.csv $'id,value\n4,1\n'
sed -i 's/sum(value)/sum(value) * 2/' Sum.sql
second=$(commit 'twice')
push main
is "$(take --json | new_queued)" '[true,true]' 'with a push'
n=$(runs_of main)
run_once
is "$(runs_of main)" $((n + 1)) 'one run for both'
is "$(run_of main run.json | jq -r .commit)" "$second" 'of the push'
is "$(run_of main run.json | jq -r .user)" ann 'who pushed is known'
is "$(snapshot_of main)" "$(newest)" 'with the newest'

# while production runs: with the older sources, one more; and where it runs
# with the newest already, none
write Slow.sh <<'S'
# @include action/bash
# @depend ./Labs
sleep 4
cat in/Labs.csv >out.csv
S
commit 'slow' >/dev/null
start_runner
push main
is_running() { [ "$(of_main | tail -n 1)" = 'running ' ]; }
is_done() { ! of_main | grep -q 'running\|queued'; }
wait_for 20 is_running
n=$(runs_of main)
deliver labs/c.csv $'id,value\n5,1\n'
is "$(take --json | new_queued)" '[true,true]' 'while it runs'
is "$(of_main | tail -n 2)" $'running \nqueued ' 'one behind it'
wait_for 30 is_done
is "$(runs_of main)" $((n + 2)) 'the push and the data'
is "$(snapshot_of main)" "$(newest)" 'the newest'
deliver labs/d.csv $'id,value\n6,1\n'
take >/dev/null 2>&1
wait_for 20 is_running
n=$(runs_of main)
is "$(take --json | new_queued)" '[false,true]' 'it runs with the newest'
wait_for 30 is_done
is "$(runs_of main)" $((n + 1)) 'once, not twice'
is "$(of_main | tail -n 2)" $'done success\ndone success' 'both are done'

# many cron jobs at once
deliver labs/e.csv $'id,value\n7,1\n'
n=$(runs_of main)
before=$(git -C "$bare" rev-list --count refs/sluice/snapshots)
jobs=()
for i in 1 2 3 4 5 6; do
	(take --json >"$work/cron.$i" 2>&1) &
	jobs+=("$!")
done
for i in "${jobs[@]}"; do
	wait "$i" || fail "a cron job: $(cat "$work"/cron.*)"
done
is "$(jq -s '[.[].new] | map(select(.)) | length' "$work"/cron.*)" 1 \
	'one of them made it'
is "$(git -C "$bare" rev-list --count refs/sluice/snapshots)" \
	$((before + 1)) 'one snapshot'
wait_for 30 is_done
is "$(runs_of main)" $((n + 1)) 'and one run'
is "$(snapshot_of main)" "$(newest)" 'with it'

# a pipeline with errors has no use for fresh data
kill "$runner"
wait "$runner" || true
sed -i '1i -- @depend ./Nothing' Sum.sql
commit 'an error' >/dev/null
push main
run_once
deliver labs/f.csv $'id,value\n8,1\n'
is "$(take --json 2>/dev/null | new_queued)" '[true,false]' 'with errors'
