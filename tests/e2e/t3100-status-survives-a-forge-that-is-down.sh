#!/usr/bin/env bash
# A status is queued while the forge is away, survives a poster that is
# killed, and is told once the forge is back: in order, the newest only, each
# at most once more than the forge answered.
set -eu
t=$(mktemp -d)
forge=
post=
# shellcheck disable=SC2086
trap 'kill $forge $post 2>/dev/null || true; rm -rf "$t"' EXIT
a=$(printf 'a%.0s' {1..40})
b=$(printf 'b%.0s' {1..40})
echo s3cret-token >"$t/token"

start_forge() {
	exec 7< <(exec python3 tests/e2e/forge.py --log "$t/log" \
		--token s3cret-token --script "$t/script" --port "${1:-0}")
	forge=$!
	read -r port <&7
}
post() {
	sluice-post --outbox "$t/outbox.db" --token-file "$t/token" \
		--url "http://127.0.0.1:$port/repos/o/r" "$@" 2>>"$t/err"
}
shown() { # of a commit: state and text, newest first
	curl -s --noproxy '*' \
		"http://127.0.0.1:$port/repos/o/r/commits/$1/statuses" |
		jq -r '.[] | .state + " " + .description'
}
is() {
	if [ "$1" != "$2" ]; then
		printf 'expected:\n%s\nis:\n%s\n' "$2" "$1"
		cat "$t/err"
		exit 1
	fi
}

# 1. The forge is there.
start_forge
post --once --put "pending:$a:0 of 3 nodes"
is "$(shown "$a")" 'pending 0 of 3 nodes'

# 2. It goes away; statuses are queued, nothing is lost, nothing blocks.
kill "$forge"
wait "$forge" 2>/dev/null || true
rc=0; post --once --put "pending:$a:1 of 3 nodes" || rc=$?
is "$rc" 4
rc=0; post --once --put "success:$a:3 nodes" || rc=$?
is "$rc" 4
rc=0; post --once --put "pending:$a:late" || rc=$?
is "$rc" 4
rc=0; post --once --put "failure:$b:Patient failed (sql)" || rc=$?
is "$rc" 4

# 3. A waiting poster is killed; the next one begins where it stood.
post & post=$!
kill -9 "$post"; wait "$post" 2>/dev/null || true
post=

# 4. The forge is back on the same port, with trouble: an error, an answer
# that is lost, a limit. Memory of before is gone, as after a restore.
printf '%s\n' 500 lost '429 retry-after=1' >"$t/script"
start_forge "$port"
post
# The lost answer makes one equal repeat possible, of one of the two.
is "$(shown "$b" | uniq)" 'failure Patient failed (sql)'
is "$(shown "$a" | uniq)" 'success 3 nodes'
is "$(grep -c '"accepted": true' "$t/log")" 4

# 5. Nothing is told twice.
n=$(wc -l <"$t/log")
post --once --put "success:$a:3 nodes"
is "$(wc -l <"$t/log")" "$n"

# 6. What it refuses is final, and said; the token stands nowhere.
echo 422 >"$t/script"
post --once --put "success:$b:fixed"
grep -q 'refused, the forge answered 422: injected 422' "$t/err"
post --once --again
is "$(shown "$b" | head -n 1)" 'success fixed'
if grep -rq s3cret-token "$t/err" "$t"/outbox.db*; then
	echo 'the token was written down'
	exit 1
fi
