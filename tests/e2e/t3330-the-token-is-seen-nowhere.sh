#!/usr/bin/env bash
# The token stands in its file and in the requests, and nowhere else: in no
# environment and no argument of any process, no log, no database, no object of
# the repository, no file. A file that is of no use is told in words, holds the
# statuses back and loses none; a token is renewed while the runner runs.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
secret=ghp_S3cretT0kenOfTheHospital
token=$work/secrets/token
script=$work/script
mkdir "$work/secrets"

say_token() { printf '%s\n' "${1-$secret}" >"$token"; }
is_done() { requests | grep -q "$1"; }
outbox() {
	sqlite3 -cmd '.timeout 9000' "$bare/sluice/runner/outbox.db" "$1"
}
settled() { [ "$(outbox 'SELECT count(*) FROM slot WHERE settled IN (0, 2)')" = 0 ]; }
waits_with() {
	outbox 'SELECT why FROM slot WHERE settled = 0' | grep -qF "$1"
}

# seen WHERE TEXT...: the secret is in none of these words
unseen() {
	local where=$1
	shift
	case $* in *"$secret"*) fail "the token is in $where" ;; esac
}
# every process of this machine that may be read; how many were ours
look_at_processes() {
	local dir words
	ours=0
	for dir in /proc/[0-9]*; do
		words=$(tr '\0' '\n' 2>/dev/null <"$dir/cmdline") || continue
		unseen "the arguments of ${words%%$'\n'*}" "$words"
		case $words in *sluice*) ours=$((ours + 1)) ;; esac
		case $words in *forge.py*) continue ;; esac
		unseen "the environment of ${words%%$'\n'*}" \
			"$(tr '\0' '\n' 2>/dev/null <"$dir/environ")"
	done
	unseen 'the list of processes' "$(ps -ef 2>/dev/null)"
}
look_at_files() {
	rm -f "$token"
	! grep -rlF "$secret" "$work" ||
		fail 'the token is written'
	git -C "$bare" cat-file --batch-all-objects --batch |
		grep -qaF "$secret" && fail 'the token is in an object'
	return 0
}

# The forge gets the token from a file too: its arguments are looked at.
forge_with() {
	start_forge --token-file "$work/forge.token" --script "$script" "$@"
	forge=${started[-1]}
	port=${forge_url#http://127.0.0.1:}
	port=${port%%/*}
}

make_bare
git -C "$bare" config sluice.sandbox none
make_clone
example
say_token
printf '%s' "$secret" | rev >"$work/forge.token"
forge_with
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$token"

# 1. While a node computes, a status is on its way, and a hook asks.
write Slow.sh <<E2
# @include action/bash
env >'$work/environment'
echo >'$work/slow'
until [ -e '$work/go' ]; do sleep 0.05; done
echo n >out.csv
E2
echo 'slow 4' >"$script"
start_runner
head=$(commit one)
push main
wait_for 60 test -e "$work/slow"
has_poster() { pgrep -P "$runner" sluice-post >/dev/null; }
wait_for 20 has_poster
look_at_processes
[ "$ours" -ge 3 ] || fail "only $ours processes of ours were seen"
unseen "a node's environment" "$(cat "$work/environment")"
touch "$work/go"
wait_for 60 is_done "main $head done success"
wait_for 60 settled
is "$(ends_of "$head")" 'success' 'told'
kill "$runner"
wait "$runner" || fail 'the runner did not end well'
look_at_files

# 2. Files that are of no use. The words name the file and what to do.
no_use() { # WORDS
	next=$((next + 1))
	git commit -q --allow-empty -m "no use $next"
	push main
	run_once
	wait_for 5 waits_with "$1"
	has "$(cd "$bare" && sluice status)" "$1" 'sluice status'
	has "$(cat "$work/runner.log")" "$1" "the runner's log"
	is "$(grep -c . "$forge_log")" "$asked" 'requests without a token'
	outbox 'UPDATE meta SET hold = 0; UPDATE slot SET next_try = 0'
	unseen 'the words' "$(cat "$work/runner.log")"
}
next=0
asked=$(grep -c . "$forge_log")
no_use "sluice.forge.tokenFile $token: there is no such file; put the token"
: >"$token"
no_use "sluice.forge.tokenFile $token is empty; it is to hold one line"
printf '%s\n%s\n' "$secret" "$secret" >"$token"
no_use "sluice.forge.tokenFile $token holds several lines"
printf ' %s\n' "$secret" >"$token"
no_use "sluice.forge.tokenFile $token holds a blank"
head -c 9000 /dev/zero | tr '\0' x >"$token"
no_use "sluice.forge.tokenFile $token: is too large"
rm "$token"
mkdir "$token"
no_use "sluice.forge.tokenFile $token: is a directory; name the file in it"
rmdir "$token"

# unreadable, which for root nothing is
say_token
chmod 0 "$token"
chmod 755 "$work"
mkdir -m 777 "$work/other"
as_other=()
[ "$(id -u)" != 0 ] || as_other=(setpriv --reuid 65534 --clear-groups)
if "${as_other[@]}" test -x "$BUILD/sluice-post"; then
	"${as_other[@]}" "$BUILD/sluice-post" --outbox "$work/other/outbox.db" \
		--url "$forge_url" --token-file "$token" --once \
		--put "success:$head:x" 2>"$work/other.log" &&
		fail 'a file that cannot be read'
	has "$(cat "$work/other.log")" 'may not be read; let the user that the runner runs as own it' 'unreadable'
	is "$(grep -c . "$forge_log")" "$asked" 'requests without a token'
else
	echo 'not tried: a file that may not be read' >&2
fi
chmod 600 "$token"

# What sluice status advises tells them all.
again=$(cd "$bare" && sluice status | sed -n 's/.*to try at once: //p')
[ -n "$again" ] || fail 'sluice status advises nothing'
eval "$again" 2>>"$work/runner.log"
settled || fail 'what waited is not told'
for commit in $(git rev-list -n $next main); do
	is "$(statuses_of "$commit")" success 'told at last'
done

# 3. The token runs out, and another one is put there while the runner runs.
kill -9 "$forge"
wait "$forge" 2>/dev/null || true
rm "$work/forge.port"
printf '%s' "$secret-2" | rev >"$work/forge.token"
forge_with --port "$port"
start_runner
head=$(commit rotated)
push main
wait_for 60 is_done "main $head done success"
wait_for 60 waits_with 'put a token that is valid into sluice.forge.tokenFile'
say_token "$secret-2"
time_passes 3600
wait_for 30 settled
is "$(statuses_of "$head")" success 'with the new token'
kill "$runner"
wait "$runner" || fail 'the runner did not end well'
is "$(jq -r .answer "$forge_log" | sort -u | paste -sd ' ')" '201 401' \
	'answers'

# 4. In an address it is no argument of any process either.
git -C "$bare" config sluice.forge.url "https://ann:$secret@127.0.0.1:1/x"
git commit -q --allow-empty -m address
push main
run_once
has "$(cat "$work/runner.log")" 'sluice.forge.url holds a user or a password' \
	'a token in the address'
unseen 'the words' "$(cat "$work/runner.log")"
git -C "$bare" config sluice.forge.url "$forge_url"
look_at_files
