#!/usr/bin/env bash
# The runner is killed (SIGKILL) just before its Nth change of the outside
# world while it does what was asked from a clone, and once more while it
# recovers: afterwards each request was done once, and none is left.
. "$(dirname "$0")/lib.sh"
points=${POINTS:-30}

cc -shared -fPIC -O1 -o "$work/kill_at.so" "$tests/e2e/kill_at.c" -ldl
export ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-}
SANDBOX=none make_bare template
template=$bare
make_clone
write Late.sh <<X
# @include action/bash
exit 3
X
main=$(commit 'one that fails')
push main
run_once
git checkout -q -b exp
echo '# slow' >>Late.sh
exp=$(commit 'to be stopped')
push exp
sluice retry main --reason 'once' >/dev/null
sluice cancel exp >/dev/null
is "$(find "$bare/sluice/runner/spool" -type f | wc -l)" 3 'in the spool'

server() {
	bare=$work/k$1.git
	cp -a "$template" "$bare"
}
shot() { # the runner with the shim; its exit status
	local rc=0
	KILL_AT=$1 KILL_COUNT=$work/count LD_PRELOAD=$work/kill_at.so \
		sluice runner --once "$bare" 2>>"$work/runner.log" || rc=$?
	echo "$rc"
}
check() {
	is "$(requests | sort)" "exp $exp cancelled 
main $main done failure
main $main done failure" "point $1: requests"
	is "$(runs_of main) $(runs_of exp)" '2 0' "point $1: runs"
	is "$(run_of main run.json | jq -r '[.user, .reason] | join(": ")')" \
		'ann: once' "point $1: who, and why"
	is "$(git -C "$bare" for-each-ref refs/sluice-requests/)" '' "point $1: refs"
	is "$(find "$bare/sluice/runner/spool" -type f | wc -l)" 0 "point $1: spool"
	rm -rf "$bare"
}

server 0
is "$(shot 0)" 0 'a whole life'
total=$(cat "$work/count")
check 0
[ "$total" -gt "$points" ] || points=$total
killed=0
for ((i = 1; i <= points; i++)); do
	n=$((i * total / points))
	server "$n"
	rc=$(shot "$n")
	[ "$rc" = 137 ] && killed=$((killed + 1))
	# every third dies again, early in its recovery
	[ $((i % 3)) != 0 ] || shot $((1 + i * 7 % 40)) >/dev/null
	run_once
	check "$n"
done
echo "$total calls, killed at $killed of $points"
[ "$killed" -ge $((points * 3 / 4)) ] || fail "only $killed were killed"
