#!/usr/bin/env bash
# A forge is down for thirty hours: nothing listens. Meanwhile runs end well and
# badly, are overtaken and retried, the runner and the poster are killed. Once
# it is back each commit has its newest end, told once, and nothing older.
# The hours are taken off what the outbox has noted; nobody sleeps.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
slow
top=$work
trap 'work=$top; finish' EXIT

forge_down() {
	kill -9 "$forge"
	wait "$forge" 2>/dev/null || true
	rm -f "$work/forge.port"
}
forge_up() {
	start_forge --token secret "$@"
	forge=${started[-1]}
	port=${forge_url#http://127.0.0.1:}
	port=${port%%/*}
}
outbox() {
	sqlite3 -cmd '.timeout 9000' "$bare/sluice/runner/outbox.db" "$1"
}
arguments() {
	poster=(sluice-post --outbox "$bare/sluice/runner/outbox.db"
		--type "$FORGE" --url "$forge_url" --token-file "$work/token")
}
# an hour, in which somebody tries; every third time it dies of it
an_hour() {
	time_passes 3600
	if [ $((hour % 3)) = 0 ]; then
		size=$(stat -c %s "$work/post.log")
		"${poster[@]}" 2>>"$work/post.log" &
		wait_for 20 grown
		kill -9 $! 2>/dev/null || true
		wait $! 2>/dev/null || true
	else
		"${poster[@]}" --once 2>>"$work/post.log" &&
			fail "$FORGE: nothing is left, in hour $hour"
	fi
	hour=$((hour + 1))
}
grown() { [ "$(stat -c %s "$work/post.log")" -gt "$size" ]; }
hours() {
	local end=$((hour + $1))
	while [ "$hour" -lt "$end" ]; do an_hour; done
}

has_poster() { child=$(pgrep -P "$runner" sluice-post); }
no_process() { ! kill -0 "$1" 2>/dev/null; }

a_day() {
	local good bad mended old new
	make_bare server-"$FORGE"
	git -C "$bare" config sluice.sandbox none
	git -C "$bare" config sluice.forge.type "$FORGE"
	git -C "$bare" config sluice.forge.url "$forge_url"
	git -C "$bare" config sluice.forge.tokenFile "$work/token"
	make_clone desk-"$FORGE"
	forge_down
	arguments
	: >"$work/post.log"
	hour=0

	example
	good=$(commit good)
	push main
	run_once
	hours 3

	git checkout -q -b exp
	write Fails.sh <<<"# @include action/bash
exit 3"
	bad=$(commit bad)
	push exp
	run_once
	hours 4

	# retried, and well this time
	git checkout -q -b mended main
	write Flaky.sh <<E2
# @include action/bash
[ -e '$work/mended' ] || exit 3
echo n >out.csv
E2
	mended=$(commit flaky)
	push mended
	run_once
	hours 2
	: >"$work/mended"
	(cd "$bare" && sluice retry mended --reason mended >/dev/null)
	hours 3
	run_once
	hours 5

	# overtaken while it runs, and the runner is killed
	git checkout -q -b late main
	write Slow.sh <<E2
# @include action/bash
echo >'$work/slow'
sleep 600
E2
	old=$(commit slow)
	time_passes 3600
	start_runner
	push late
	wait_for 60 test -e "$work/slow"
	wait_for 20 has_poster
	kill -9 "$runner"
	wait "$runner" 2>/dev/null || true
	wait_for 60 no_process "$child" # its settings may be old
	git rm -q Slow.sh
	new=$(commit 'not slow')
	push late
	run_once
	hours 13
	is "$hour" 30 'hours'

	# what waits is the newest of each of five commits' four, and not "pending"
	is "$(outbox "SELECT group_concat(state) FROM (SELECT state FROM slot
		WHERE settled = 0 AND context = 'sluice/run' ORDER BY state)")" \
		"cancelled,failure,success,success,success" "$FORGE: what waits"
	has "$(cd "$bare" && sluice status)" \
		'20 statuses wait for the forge: no answer from the forge' "$FORGE"
	has "$(cd "$bare" && sluice status)" '3 comments wait for the forge' \
		"$FORGE"

	forge_up --repo "$bare" --port "$port"
	time_passes 3600
	run_once
	is "$(outbox 'SELECT count(*) FROM slot WHERE settled IN (0, 2)')" 0 \
		"$FORGE: what is left"
	is "$(statuses_of "$good")" success "$FORGE: good"
	is "$(statuses_of "$bad")" "$failed" "$FORGE: bad"
	is "$(statuses_of "$mended")" success "$FORGE: mended"
	is "$(statuses_of "$old")" "$stopped" "$FORGE: overtaken"
	is "$(statuses_of "$new")" success "$FORGE: newer"
	is "$(jq -s 'map(select(.method == "POST")) | length' "$forge_log")" 20 \
		"$FORGE: requests"
}

for FORGE in github gitlab gitea; do
	work=$top/$FORGE
	mkdir "$work"
	echo secret >"$work/token"
	failed=failure stopped=error
	[ "$FORGE" = gitlab ] && failed=failed stopped=canceled
	forge_up
	a_day
	forge_down
done
