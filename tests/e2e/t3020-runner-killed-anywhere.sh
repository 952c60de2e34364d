#!/usr/bin/env bash
# The runner is killed (SIGKILL) just before its Nth change of the outside
# world, for N over its whole life, and once more while it recovers: afterwards
# every tip has exactly one run, one request that is done, its note, and the
# forge was told one end.
. "$(dirname "$0")/lib.sh"
slow
points=${POINTS:-36}

cc -shared -fPIC -O1 -o "$work/kill_at.so" "$tests/e2e/kill_at.c" -ldl
export ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-}
make_bare template
template=$bare
start_forge
echo s3cret >"$work/token"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
make_clone
example
main=$(commit 'four nodes')
push main
git checkout -q -b exp
sed -i 's/3.5/3.0/' ClinicA/Low.sql
exp=$(commit 'lower')
push exp

# server N: a fresh copy, its statuses told to a place of its own
server() {
	bare=$work/k$1.git
	cp -a "$template" "$bare"
	git -C "$bare" config sluice.forge.url "${forge_url%/*}/k$1"
}
# the runner with the shim; its exit status
shot() {
	local rc=0
	KILL_AT=$1 KILL_COUNT=$work/count LD_PRELOAD=$work/kill_at.so \
		sluice runner --once "$bare" 2>>"$work/runner.log" || rc=$?
	echo "$rc"
}
told() { # of commit $1 at place k$2
	python3 - "$forge_log" "/k$2/statuses/$1" <<'E'
import json, sys
states = {}
for line in open(sys.argv[1], encoding="utf-8"):
    r = json.loads(line)
    if r["accepted"] and r["path"].endswith(sys.argv[2]):
        b = r["body"] if isinstance(r["body"], dict) else json.loads(r["body"])
        states.setdefault(b["context"], []).append(b["state"])
assert sorted(states) == ["sluice/" + x for x in ("data", "promote", "run", "tests")], states
# an equal one may be told twice; behind the end there is nothing else
for context, told in states.items():
    ends = [s for s in told if s != "pending"]
    assert ends and set(ends) == {"success"}, (context, told)
    assert "pending" not in told[told.index("success"):], (context, told)
E
}
check() {
	is "$(requests | sort)" "exp $exp done success
main $main done success" "point $1: requests"
	is "$(runs_of main) $(runs_of exp)" '1 1' "point $1: runs"
	has "$(note_of "$main")" '4 nodes' "point $1: the note of main"
	has "$(note_of "$exp")" 'ClinicA/Low' "point $1: the note of exp"
	has "$(git -C "$bare" log -1 --format=%s refs/sluice/production)" \
		"${main:0:12}" "point $1: production"
	is "$(git -C "$bare" rev-list --count refs/sluice/production)" 1 \
		"point $1: production's line"
	git -C "$bare" fsck --connectivity-only >/dev/null 2>&1 ||
		fail "point $1: git fsck"
	told "$main" "$1" || fail "point $1: statuses of main"
	told "$exp" "$1" || fail "point $1: statuses of exp"
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
	# every fourth dies again, early in its recovery
	[ $((i % 4)) != 0 ] || shot $((1 + i * 7 % 60)) >/dev/null
	run_once
	check "$n"
done
echo "$total calls, killed at $killed of $points"
[ "$killed" -ge $((points * 3 / 4)) ] || fail "only $killed were killed"
