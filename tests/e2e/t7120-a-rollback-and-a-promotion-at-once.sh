#!/usr/bin/env bash
# Rollbacks while runs are promoted: each that says it was done is in the
# history once, one that was too late has moved nothing, and each entry has the
# tables it names. Killed (SIGKILL) just before its Nth change of the outside
# world, for N over its whole life, it has happened or not, and goes through
# the next time.
. "$(dirname "$0")/lib.sh"
points=${POINTS:-12}

SANDBOX=none make_bare
in_bare() { (cd "$bare" && sluice "$@"); }
make_clone
threshold() {
	write Patient.csv <<<$'id,albumin\n1,3.1\n2,4.0\n3,2.9'
	write Low.sql <<E
-- @include action/sql/sqlite
-- @depend ./Patient
SELECT $1 AS n, id FROM Patient WHERE albumin < $1
E
	commit "threshold $1"
}
for i in 1 2; do
	threshold "$i" >/dev/null
	push main
	run_once
done

# 1. three people roll back as fast as they can while six runs are promoted
start_runner
ended() { requests | grep -q "main $1 done success"; }
askers=()
: >"$work/go"
for who in ann ben cai; do
	(
		n=0
		while [ -e "$work/go" ]; do
			n=$((n + 1))
			if in_bare rollback --reason "$who $n" >/dev/null 2>>"$work/refused"; then
				echo "$who $n"
			fi
		done >"$work/done.$who"
	) &
	askers[${#askers[@]}]=$!
done
for i in 3 4 5 6 7 8; do
	tip=$(threshold "$i")
	push main
	wait_for 60 ended "$tip"
done
rm "$work/go"
wait "${askers[@]}"
kill "$runner"
wait "$runner" || fail 'the runner did not end well'
in_bare log production --json >"$work/history"
is "$(jq -r '.[] | select(.kind == "rollback") | .reason' "$work/history" | sort)" \
	"$(sort "$work"/done.*)" 'what was said to be done, once each'
for i in 3 4 5 6 7 8; do
	commit=$(git rev-parse "main~$((8 - i))")
	is "$(jq --arg c "$commit" '[.[] | select(.kind == "run" and .commit == $c)] | length' "$work/history")" \
		1 "threshold $i was promoted once"
done
jq -r '.[] | .production + " " + .run' "$work/history" | while read -r entry run; do
	is "$(git -C "$bare" rev-parse "$entry:manifest.json")" \
		"$(git -C "$bare" rev-parse "$run:manifest.json")" "the tables of $entry"
done
if grep -vE 'was moved meanwhile|nothing to go back to' "$work/refused" >"$work/others"; then
	fail "other words: $(cat "$work/others")"
fi

# 2. killed anywhere
threshold 20 >/dev/null
push main
run_once
cc -shared -fPIC -O1 -o "$work/kill_at.so" "$tests/e2e/kill_at.c" -ldl
export ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-}
template=$bare
was=$(git -C "$bare" rev-parse refs/sluice/production)
shot() { # N: its exit status
	local rc=0
	(cd "$bare" && KILL_AT=$1 KILL_COUNT=$work/count LD_PRELOAD=$work/kill_at.so \
		sluice rollback --reason killed) >/dev/null 2>>"$work/killed.log" || rc=$?
	echo "$rc"
}
server() { # N: a fresh copy
	bare=$work/k$1.git
	cp -a "$template" "$bare"
}
server 0
is "$(shot 0)" 0 'not killed'
all=$(cat "$work/count")
[ "$all" -ge 3 ] || fail "only $all changes of the outside world"
died=0
for ((i = 0; i < points && i < all; i++)); do
	n=$((1 + i * (all - 1) / ((points < all ? points : all) - 1)))
	server "$n"
	rc=$(shot "$n")
	[ "$rc" = 0 ] || died=$((died + 1))
	now=$(git -C "$bare" rev-parse refs/sluice/production)
	if [ "$now" = "$was" ]; then
		in_bare rollback --reason 'the next time' >/dev/null ||
			fail "point $n: the next time"
		now=$(git -C "$bare" rev-parse refs/sluice/production)
	fi
	is "$(git -C "$bare" rev-parse "$now~1")" "$was" "point $n: one entry"
	is "$(git -C "$bare" rev-parse "$now:manifest.json")" \
		"$(git -C "$work/k0.git" rev-parse refs/sluice/production:manifest.json)" \
		"point $n: its tables"
	git -C "$bare" fsck --no-dangling >/dev/null 2>&1 || fail "point $n: git fsck"
	rm -rf "$bare"
done
[ "$died" -ge 3 ] || fail "only $died died of $all"
