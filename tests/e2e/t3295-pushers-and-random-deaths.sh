#!/usr/bin/env bash
# Many people push to branches of their own, against each other to shared ones
# and to production, and back to older commits, while hook, runner, workers and
# sluice-post are killed at random, and the forge fails one request in three
# and is restarted. Then one healthy runner: each commit that was ever a tip,
# by the pushers' own ledger, has one result or is superseded, one end on the
# forge, one note; the database agrees with the refs. A short form of
# `make soak`; what happened is printed.
. "$(dirname "$0")/lib.sh"
slow
pushes=${PUSHES:-24} pushers=${PUSHERS:-4} seed=${SEED:-$RANDOM}
echo "seed $seed: $pushes pushes by $pushers"
RANDOM=$seed

SANDBOX=none make_bare
port=
forge_up() { # ARGUMENT...
	rm -f "$work/forge.port"
	python3 "$tests/e2e/forge.py" --log "$work/forge.log" \
		${port:+--port "$port"} "$@" >"$work/forge.port" 2>/dev/null &
	echo $! >"$work/forge.pid"
	wait_for 20 test -s "$work/forge.port"
}
runner_up() {
	rm -f "$bare/sluice/runner/socket"
	sluice runner "$bare" 2>>"$work/runner.log" &
	echo $! >"$work/runner.pid"
}
down() { # NAME: by the number that is noted
	kill -9 "$(cat "$work/$1.pid")" 2>/dev/null || true
	wait "$(cat "$work/$1.pid")" 2>/dev/null || true
}
end_all() {
	: >"$work/stop"
	local name
	wait "${chaos:-}" 2>/dev/null || true
	for name in runner forge; do
		[ ! -s "$work/$name.pid" ] || down $name
	done
	finish
}
trap end_all EXIT
: >"$work/forge.log"
forge_up --type gitea --every 3
port=$(head -n 1 "$work/forge.port")
echo s3cret >"$work/token"
git -C "$bare" config sluice.forge.url "http://127.0.0.1:$port/api/v1/repos/clinic/data"
git -C "$bare" config sluice.forge.type gitea # it takes more posts a minute than GitHub
# (a forge that fails each third request may meet one status each third time
# for ever, where a comment asks twice beside it)
git -C "$bare" config sluice.comment never
git -C "$bare" config sluice.forge.tokenFile "$work/token"

make_clone seed
example
# one that takes a while, so that something dies in the middle of it
write ClinicB/Wait.sh <<'E'
# @include action/bash
# @depend ../ClinicA/Low as low
sleep 0.3
cp in/low.csv out.csv
E
commit 'five nodes' >/dev/null
echo "main $(git rev-parse HEAD)" >"$work/ledger"
push main

# one hook in four dies before it does anything, one a moment later
mv "$bare/hooks/post-receive" "$work/hook"
cat >"$bare/hooks/post-receive" <<E
#!/bin/bash
RANDOM=\$(($seed + \$\$))
case \$((RANDOM % 4)) in
0) echo hook >>'$work/kills'; kill -9 \$\$ ;;
1) '$work/hook' & sleep 0.0\$((RANDOM % 3))\$((RANDOM % 10))
   echo hook >>'$work/kills'; kill -9 \$! ;;
*) exec '$work/hook' ;;
esac
E
chmod +x "$bare/hooks/post-receive"

pusher() { # NUMBER
	local n=$1 i branch share=$((pushes / pushers))
	RANDOM=$((seed + n))
	git clone -q "$bare" "$work/p$n" 2>/dev/null
	cd "$work/p$n"
	for ((i = 1; i <= share; i++)); do
		case $((RANDOM % 10)) in
		0 | 1 | 2) branch=shared/$((RANDOM % 2)) ;;
		3) branch=main ;;
		*) branch=own/$n ;;
		esac
		# back to the one before, else a new one
		if [ $((RANDOM % 8)) = 0 ] && [ "$i" -gt 2 ]; then
			git reset -q --hard HEAD~1
		else
			sed -i "s/< [0-9.]*/< 1$n.$i/" ClinicA/Low.sql
			git commit -q -am "pusher $n, push $i"
		fi
		# what git acknowledged counts; a lost race for a shared one does not
		if git push -q -f origin "HEAD:refs/heads/$branch" 2>>"$work/p$n.err"; then
			echo "$branch $(git rev-parse HEAD)" >>"$work/ledger"
		fi
		sleep "0.$((RANDOM % 10))"
	done
}

# those of ours alone: by their parent, and by the outbox in their arguments
workers() { ps -o pid= --ppid "$(cat "$work/runner.pid")" 2>/dev/null; }
posters() { pgrep -f -- "--outbox $bare/sluice/runner/outbox.db" || true; }
kill_all() { # NAME PID...
	local name=$1 pid
	shift
	for pid in "$@"; do
		kill -9 "$pid" 2>/dev/null && echo "$name" >>"$work/kills"
	done
	return 0
}
torment() {
	local last=0 victims
	RANDOM=$((seed * 7 + 1))
	while [ ! -e "$work/stop" ]; do
		sleep "0.$((RANDOM % 9 + 1))"
		case $((RANDOM % 10)) in
		0 | 1 | 2 | 3 | 4)
			echo runner >>"$work/kills"
			down runner
			[ $((RANDOM % 3)) != 0 ] || sleep 1 # nobody is there
			runner_up
			;;
		5 | 6) # twice in the same node is its failure, and rightly so
			[ $((SECONDS - last)) -ge 3 ] || continue
			last=$SECONDS
			mapfile -t victims < <(workers)
			kill_all worker "${victims[@]}"
			;;
		7 | 8)
			mapfile -t victims < <(posters)
			kill_all poster "${victims[@]}"
			;;
		*)
			echo forge >>"$work/kills"
			down forge
			forge_up --type gitea --every 3
			;;
		esac
	done
}
: >"$work/kills"
runner_up
torment &
chaos=$!
pids=()
for ((n = 1; n <= pushers; n++)); do
	pusher "$n" &
	pids+=("$!")
done
for pid in "${pids[@]}"; do wait "$pid" || fail 'a pusher failed'; done
: >"$work/stop"
wait "$chaos"
began=$SECONDS

# one that is healthy; the forge is as it was
down runner
cp "$work/hook" "$bare/hooks/post-receive"
runner_up
settled() {
	[ "$(sqlite3 -cmd '.timeout 10000' "$bare/sluice/runner/run.db" "SELECT count(*)
		FROM request WHERE state IN ('queued', 'running') OR untold = 1")" = 0 ] || return 1
	[ -z "$(ls "$bare/sluice/runner/spool" 2>/dev/null)" ] || return 1
	local branch tip
	while read -r tip branch; do
		[ "$(sqlite3 -cmd '.timeout 10000' "$bare/sluice/runner/run.db" "SELECT count(*)
			FROM tip WHERE branch = '$branch' AND commit_id = '$tip' AND run <> ''")" = 1 ] ||
			return 1
	done < <(git -C "$bare" for-each-ref --format='%(objectname) %(refname:lstrip=2)' refs/heads)
	[ "$(cd "$bare" && sluice status --json | jq '.statuses | length')" = 0 ]
}
wait_for 600 settled
kill "$(cat "$work/runner.pid")"
wait "$(cat "$work/runner.pid")" || fail 'the runner did not end well'

git -C "$bare" fsck --connectivity-only >"$work/out" 2>&1 || fail "git fsck: $(cat "$work/out")"
is "$(sqlite3 "$bare/sluice/runner/run.db" 'PRAGMA integrity_check')" ok 'run.db'
(cd "$bare" && sluice store fsck >"$work/out") || fail "store fsck: $(cat "$work/out")"
python3 "$tests/e2e/ledger.py" "$bare" "$work/ledger" "$work/forge.log" ||
	fail "seed $seed: the ledger does not hold"
echo "killed: $(sort "$work/kills" | uniq -c | awk '{ print $2, $1 }' | paste -sd, | sed 's/,/, /g')"
echo "settled in $((SECONDS - began)) s"
