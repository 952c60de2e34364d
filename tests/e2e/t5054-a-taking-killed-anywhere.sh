#!/usr/bin/env bash
# `sluice snapshot --take` is killed (SIGKILL) just before its Nth change of
# the outside world, for N over its whole life: the newest snapshot is the old
# one or the new one, whole; the same once more goes through, and production
# has one run with the new sources. And while branches bring files of their own
# and cron takes others, no snapshot loses what the one before it had.
. "$(dirname "$0")/lib.sh"
points=${POINTS:-16}

cc -shared -fPIC -O1 -o "$work/kill_at.so" "$tests/e2e/kill_at.c" -ldl
export ASAN_OPTIONS=verify_asan_link_order=0:${ASAN_OPTIONS:-}
make_bare template
template=$bare
make_clone
landing=$work/landing
mkdir -p "$landing/labs"
git -C "$bare" config sluice.landing "$landing"
deliver() { # NAME TEXT: written a minute ago
	mkdir -p "$(dirname "$landing/$1")"
	printf '%s' "$2" >"$landing/$1"
	touch -d '1 minute ago' "$landing/$1"
}
deliver labs/a.csv $'id\n1\n'
printf '@include action/source/file\n@path labs/*.csv\n' >Labs
commit 'labs' >/dev/null
push main
run_once
old=$(git -C "$bare" show refs/sluice/snapshots:snapshot.json | sha256sum)
deliver labs/a.csv $'id\n1\n2\n'
for i in 1 2 3 4 5 6; do
	deliver "labs/b$i.csv" $'id\n'"1$i"$'\n'
done

shot() { # N: its exit status
	local rc=0
	(cd "$bare" && KILL_AT=$1 KILL_COUNT=$work/count \
		LD_PRELOAD=$work/kill_at.so sluice snapshot --take) \
		>/dev/null 2>>"$work/killed.log" || rc=$?
	echo "$rc"
}
server() { # N: a fresh copy
	bare=$work/k$1.git
	cp -a "$template" "$bare"
}
check() {
	local now
	now=$(git -C "$bare" show refs/sluice/snapshots:snapshot.json | sha256sum)
	[ "$now" = "$old" ] || [ "$now" = "$new" ] ||
		fail "point $1: another snapshot"
	is "$(cd "$bare" && sluice store fsck --json | jq -c '[.damaged,.quarantine]')" \
		'[[],0]' "point $1: the store"
	(cd "$bare" && sluice snapshot --take >/dev/null 2>&1) ||
		fail "point $1: the next taking"
	is "$(git -C "$bare" show refs/sluice/snapshots:snapshot.json | sha256sum)" \
		"$new" "point $1: the new snapshot"
	run_once
	is "$(runs_of main) $(run_of main manifest.json | jq -r .nodes.Labs.rows)" \
		'2 8' "point $1: production"
	is "$(requests | cut -d' ' -f1,3-)" $'main done success\nmain done success' \
		"point $1: requests"
	git -C "$bare" fsck --connectivity-only >/dev/null 2>&1 ||
		fail "point $1: git fsck"
	rm -rf "$bare"
}

server 0
is "$(shot 0)" 0 'a whole life'
total=$(cat "$work/count")
new=$(git -C "$bare" show refs/sluice/snapshots:snapshot.json | sha256sum)
check 0
[ "$total" -gt "$points" ] || points=$total
killed=0
for ((i = 1; i <= points; i++)); do
	n=$((i * total / points))
	server "$n"
	rc=$(shot "$n")
	[ "$rc" = 137 ] && killed=$((killed + 1))
	check "$n"
done
echo "$total calls, killed at $killed of $points"
[ "$killed" -ge $((points * 3 / 4)) ] || fail "only $killed were killed"

# four branches with feeds of their own, and cron meanwhile
bare=$template
git -C "$bare" rev-parse refs/sluice/snapshots >"$work/from"
start_runner
for i in 1 2 3 4; do
	git checkout -q -b "feed$i" main
	deliver "feed$i/x.csv" $'x\n'"$i"$'\n'
	printf '@include action/source/file\n@path feed%s/*.csv\n' "$i" >"Feed$i"
	commit "feed $i" >/dev/null
done
(
	for _ in 1 2 3 4 5 6 7 8; do
		(cd "$bare" && sluice snapshot --take >/dev/null)
	done
) &
cron=$!
push feed1 feed2 feed3 feed4
wait "$cron" || fail 'cron'
all_done() { ! requests | grep -q 'queued\|running'; }
is_there() { [ "$(requests | grep -c '^feed. .* done success')" = 4 ]; }
wait_for 40 is_there
wait_for 40 all_done
(cd "$bare" && sluice snapshot --take 2>/dev/null >"$work/id")
is "$(git -C "$bare" show refs/sluice/snapshots:snapshot.json |
	jq -r '.sources | keys | map(select(startswith("feed"))) | join(" ")')" \
	'feed1/x.csv feed2/x.csv feed3/x.csv feed4/x.csv' 'all feeds'
for i in 1 2 3 4; do
	is "$(run_of "feed$i" manifest.json | jq -r ".nodes.Feed$i.rows")" 1 "feed $i"
	git -C "$bare" log --format=%B refs/sluice/snapshots |
		grep -q "^Snapshot: $(run_of "feed$i" manifest.json |
			jq -r .snapshot)" || fail "feed $i: a snapshot of no line"
done
git -C "$bare" merge-base --is-ancestor "$(cat "$work/from")" refs/sluice/snapshots ||
	fail 'the line was cut'
is "$(git -C "$bare" rev-list --merges --count refs/sluice/snapshots)" 0 'a line'
