#!/usr/bin/env bash
# The wall clock jumps ten years ahead and ten years back, under who runs, who
# pushes, and who waits for a forge: no key changes, the newest push is the
# newest run whatever its date, nothing that a run names expires, and nothing
# waits for a date that was noted by the wrong clock.
. "$(dirname "$0")/lib.sh"
ten_years=$((3652 * 86400))

cc -shared -fPIC -O1 -o "$work/shift_clock.so" "$tests/e2e/shift_clock.c" -ldl
export ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-}
at() { # SECONDS COMMAND...
	local shift=$1
	shift
	SHIFT_CLOCK=$shift LD_PRELOAD=$work/shift_clock.so "$@"
}
SANDBOX=none make_bare
make_clone
example
a=$(commit one)
is "$(at "$ten_years" date +%Y)" "$(($(date +%Y) + 10))" 'the clock is shifted'

# 1. keys: at a desk all is reused, and the manifest is the same
sluice run --at HEAD --json >"$work/now"
for shift in $ten_years -$ten_years; do
	at "$shift" sluice run --at HEAD --json >"$work/then"
	is "$(jq -c '[.counts.computed, .manifest]' "$work/then")" \
		"[0,$(jq .manifest "$work/now")]" "a run at $shift"
	at "$shift" sluice run --at HEAD --no-reuse --json >"$work/then"
	is "$(jq .manifest "$work/then")" "$(jq .manifest "$work/now")" \
		"executed at $shift"
done

# 2. order: each push later than the one before, its runner in another decade
push main
at "$ten_years" sluice runner --once "$bare" 2>"$work/runner.log"
sed -i 's/3.5/3.0/' ClinicA/Low.sql
b=$(commit two)
push main
at -$ten_years sluice runner --once "$bare" 2>>"$work/runner.log"
sed -i 's/3.0/4.5/' ClinicA/Low.sql
c=$(commit three)
push main
run_once
is "$(requests)" "main $a done success
main $b done success
main $c done success" 'requests'
is "$(git -C "$bare" log --format=%b refs/sluice/runs/main |
	sed -n 's/^Commit: //p' | tr '\n' ' ')" "$c $b $a " 'runs, newest first'
has "$(git -C "$bare" log -1 --format=%s refs/sluice/production)" "${c:0:12}" \
	'production'
is "$(sqlite3 "$bare/sluice/runner/run.db" 'SELECT commit_id FROM tip')" "$c" tip

# 3. expiry: what runs name stays
n=$(find "$bare/sluice/blobs" -type f | wc -l)
for _ in 1 2; do
	(cd "$bare" && at "$ten_years" sluice store gc >/dev/null &&
		at -$ten_years sluice store gc >/dev/null)
done
(cd "$bare" && sluice verify main >/dev/null && sluice verify production >/dev/null) ||
	fail 'gc took what a run names'
[ "$n" -gt 20 ] || fail "only $n blobs"

# 4. a wait that was noted in the wrong decade ends
start_forge
echo s3cret >"$work/token"
outbox=$work/outbox.db
rc=0
at "$ten_years" sluice-post --outbox "$outbox" --url http://127.0.0.1:1/repos/a/b \
	--once --put "success:$c:done" 2>/dev/null || rc=$?
is "$rc" 4 'nobody listens'
sluice-post --outbox "$outbox" --url "$forge_url" --once \
	--token-file "$work/token" 2>"$work/posted" ||
	fail "it waits for another decade: $(cat "$work/posted")"
is "$(statuses_of "$c")" success 'told'

# 5. retry, cancel and status in another decade
(cd "$bare" && at "$ten_years" sluice status --json | jq -e . >/dev/null) ||
	fail 'status'
