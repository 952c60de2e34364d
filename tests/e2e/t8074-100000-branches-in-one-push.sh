#!/usr/bin/env bash
# 100,000 branches in one push: the pusher is answered in a few lines, the memory
# of hook and runner is bounded, each branch is queued, and a push to production
# that comes behind goes before them. Whoever writes beside that is not shut out
# of the run database.
. "$(dirname "$0")/lib.sh"
slow
branches=100000

SANDBOX=none make_bare
# git itself syncs each ref, here and at the client
git -C "$bare" config core.fsync none
make_clone
example
main=$(commit 'four nodes')
push main
run_once
weigh_hook
count() { # STATE
	sqlite3 -cmd '.timeout 60000' "$bare/sluice/runner/run.db" \
		"SELECT count(*) FROM request WHERE state = '$1'"
}

start_runner
{
	echo '# pack-refs with: peeled fully-peeled sorted '
	for ((i = 0; i < branches; i++)); do
		printf '%s refs/heads/b/%06d\n' "$main" "$i"
	done
	echo "$main refs/heads/main"
} >.git/packed-refs
git push -q --atomic "$bare" 'refs/heads/*:refs/heads/*' >"$work/pushed" 2>&1 ||
	fail "git push: $(tail -n 5 "$work/pushed")"
is "$(git -C "$bare" for-each-ref refs/heads/b | wc -l)" "$branches" 'the refs'
grep -q 'sluice: ' "$work/pushed" || fail 'no answer'
[ "$(grep -c 'sluice:' "$work/pushed")" -le 5 ] || fail 'more than five lines'

# all of them are taken, and nothing went wrong meanwhile
taken() { [ $(($(count queued) + $(count running) + $(count 'done'))) -gt "$branches" ]; }
wait_for 300 taken
sed -i 's/n \* 2/n * 3/' ClinicB/Total.sql
at=$(commit 'production')
push main
ended() { requests | grep -c "^main $at done success\$" >/dev/null; }
wait_for 200 ended
[ "$(count queued)" -gt $((branches / 2)) ] || fail 'nothing was left to go before'
lacks "$(cat "$work/runner.log")" 'locked' 'the runner'
kill -0 "$runner" || fail 'the runner has ended'

# KiB; a sanitizer's are others
if ! grep -q __asan_init "$BUILD/sluice"; then
	while read -r kib; do
		[ "$kib" -le 65536 ] || fail "the hook: $kib KiB"
	done <"$work/hook.kib"
	kib=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$runner/status")
	[ "$kib" -le 131072 ] || fail "the runner: $kib KiB"
fi
is "$(wc -l <"$work/hook.kib")" 2 'the hooks'
kill "$runner"
wait "$runner" || fail 'the runner did not end well'
