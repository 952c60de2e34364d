#!/usr/bin/env bash
# A status is queued while the forge is away, survives a poster that is
# killed, and is told once the forge is back: in order, the newest only, each
# once, though an answer was lost. Then the same by a push.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

a=$(printf 'a%.0s' {1..40})
b=$(printf 'b%.0s' {1..40})
err=$work/err
echo s3cret-token >"$work/token"

forge_up() {
	start_forge --token s3cret-token --script "$work/script" "$@"
	forge=${started[-1]}
	port=${forge_url#http://127.0.0.1:}
	port=${port%%/*}
}
forge_down() {
	kill -9 "$forge"
	wait "$forge" 2>/dev/null || true
	rm "$work/forge.port"
}
# post WANTED-EXIT ARGUMENT...
post() {
	local rc=0 wanted=$1
	shift
	sluice-post --outbox "$work/outbox.db" --url "$forge_url" \
		--token-file "$work/token" "$@" 2>>"$err" || rc=$?
	is "$rc" "$wanted" "sluice-post $*"
}
shown() { # of a commit: state and text, newest first
	curl -s --noproxy '*' -H 'Authorization: Bearer s3cret-token' \
		"${forge_url%/repos/*}/repos/clinic/data/commits/$1/statuses" |
		jq -r '.[] | .state + " " + .description'
}

# 1. The forge is there.
forge_up
post 0 --once --put "pending:$a:0 of 3 nodes"
is "$(shown "$a")" 'pending 0 of 3 nodes' 'what the forge shows'

# 2. It goes away; statuses are queued, nothing is lost, nothing blocks.
forge_down
post 4 --once --put "pending:$a:1 of 3 nodes"
post 4 --once --put "success:$a:3 nodes"
post 4 --once --put "pending:$a:late"
post 4 --once --put "failure:$b:Patient failed (sql)"

# 3. A waiting poster is killed; the next one begins where it stood.
sluice-post --outbox "$work/outbox.db" --url "$forge_url" \
	--token-file "$work/token" 2>>"$err" &
kill -9 $!
wait $! 2>/dev/null || true

# 4. The forge is back on the same port, with trouble: an error, an answer
# that is lost, a limit. Its memory is gone, as after a restore.
printf '%s\n' 500 lost '429 retry-after=1' >"$work/script"
forge_up --port "$port"
post 0
is "$(shown "$b")" 'failure Patient failed (sql)' 'the failure'
is "$(shown "$a")" 'success 3 nodes' 'the newest alone'
is "$(grep -c '"accepted": true' "$forge_log")" 2 'statuses taken'

# 5. Nothing is told twice.
n=$(grep -c POST "$forge_log")
post 0 --once --put "success:$a:3 nodes"
is "$(grep -c POST "$forge_log")" "$n" 'requests'

# Nor by two posters at once: the second one leaves it to the first.
echo 'slow 2' >"$work/script"
n=$(grep -c POST "$forge_log")
sluice-post --outbox "$work/outbox.db" --url "$forge_url" \
	--token-file "$work/token" --put "success:$a:again" 2>>"$err" &
first=$!
is_sending() { ! grep -q . "$work/script"; }
wait_for 20 is_sending
post 0 --once
wait "$first"
is "$(grep -c POST "$forge_log")" $((n + 1)) 'requests of two posters'
is "$(shown "$a" | head -n 1)" 'success again' 'what the forge shows'

# 6. What it refuses is final, and said; the token stands nowhere.
echo 422 >"$work/script"
post 0 --once --put "success:$b:fixed"
has "$(cat "$err")" 'refused, the forge answered 422: injected 422' 'words'
post 0 --once --again
is "$(shown "$b" | head -n 1)" 'success fixed' 'tried again'
grep -q s3cret-token "$err" "$work"/outbox.db* && fail 'the token is written'

# 7. By a push: the run does not wait for the forge, and its end arrives.
make_bare
git -C "$bare" config sluice.sandbox none
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
forge_down
make_clone
example
head=$(commit one)
push main
run_once
has "$(note_of "$head")" '4 nodes' 'the note of a run without a forge'
forge_up --port "$port"
told() {
	run_once
	[ -n "$(statuses_of "$head")" ]
}
wait_for 30 told
is "$(statuses_of "$head")" success 'the end alone is told'
has "$(shown "$head")" 'success 4 nodes: 4 run, 0 reused' 'in words'

# 8. What it refuses is told by status, apart from what waits, and why.
echo 'always 422' >"$work/script"
git commit -q --allow-empty -m two
push main
run_once
out=$(cd "$bare" && sluice status)
has "$out" '4 statuses were refused: the forge answered 422' 'refused'
lacks "$out" 'wait' 'nothing waits'
is "$(cd "$bare" && sluice status --json | jq -c '[.statuses[].refused]')" \
	'[true,true,true,true]' 'as JSON'
: >"$work/script"

# 9. No run fails for want of the program that tells; the next one tells it.
mkdir "$work/bin"
cp "$BUILD"/sluice "$BUILD"/sluice-worker "$work/bin"
head=$(commit three)
push main
"$work/bin/sluice" runner --once "$bare" 2>"$work/runner.log" ||
	fail "a runner without sluice-post: $(cat "$work/runner.log")"
has "$(note_of "$head")" '4 nodes' 'the note of a run that nobody tells'
has "$(cat "$work/runner.log")" 'sluice-post' 'the words'
is "$(statuses_of "$head")" '' 'told'
run_once
is "$(statuses_of "$head")" success 'told by the next'
