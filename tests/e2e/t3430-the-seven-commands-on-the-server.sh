#!/usr/bin/env bash
# status, retry, cancel, show --log, log, report, manifest in the bare
# repository: before anything has run, with and without a runner, and as another
# user, who can look at all that may be read, and is told in words what not.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
make_clone
write Late.sh <<X
# @include action/bash
[ -e '$work/late' ] || { echo 'no file yet' >&2; exit 3; }
echo n >out.csv
X
main=$(commit 'one that fails')
short=${main:0:12}
push main
cd "$bare"
as=()
exits() { # STATUS ARGUMENT...
	local want=$1 rc=0
	shift
	"${as[@]}" sluice "$@" >"$work/out" 2>&1 || rc=$?
	is "$rc" "$want" "sluice $*: $(cat "$work/out")"
}
says() { has "$(cat "$work/out")" "$1" 'words'; }

# nothing has run
exits 0 status && says '1 push that no runner has seen yet'
says 'no runner is here'
exits 2 retry && says 'no runner has worked here: nothing failed'
exits 4 cancel && says 'no runner has worked here'
exits 4 show Late --log && says 'no run of HEAD yet; `sluice runner` runs what is pushed'
exits 4 log && says 'no run of main yet'
exits 4 report main && says "no run of $short yet"
exits 4 manifest main && says "no run of $short yet"

look() { # what anybody can see of a run that failed
	exits 0 status && says "failure  main  $short"
	exits 0 show Late --log && says 'no file yet'
	exits 0 show Late --log --at main && says 'no file yet'
	exits 0 log && says "failure  $short  main"
	exits 0 log HEAD && says "failure  $short  main"
	exits 0 report && says 'no file yet'
	exits 0 report "${main:0:8}" --json
	is "$(jq -r '.failures[].node' "$work/out")" Late 'the report'
	exits 0 manifest main
	is "$(jq -r .nodes.Late.state "$work/out")" failed 'the manifest'
}
# without a runner
run_once
look
exits 0 status && says 'no runner is here'
exits 0 retry && says "1 node of $short on main is queued again"
exits 4 retry production && says "$short of main is queued already"
exits 0 cancel "$main" && says "$short of main is cancelled"
exits 4 cancel && says 'nothing of it is queued or running'
exits 0 retry main Late --json
is "$(jq -c '[.branch, .commit, .request]' "$work/out")" "[\"main\",\"$main\",3]" 'as JSON'
exits 0 cancel --json
is "$(cat "$work/out")" '{"cancelled":1}' 'all of it, as JSON'
exits 2 retry main East && says '/East has not failed'

# with one
start_runner
exits 0 status
lacks "$(cat "$work/out")" 'no runner is here' 'there is one'
exits 0 retry main
ended() { requests | tail -n 1 | grep -q "$1"; }
wait_for 60 ended "main $main done failure"
look
is "$(sluice status --json | jq .runner)" true 'there is one, as JSON'

# as another user: who may read, sees; who may not write, is told so
if [ "$(id -u)" = 0 ]; then
	command -v setpriv >/dev/null || skip 'no setpriv'
	mkdir "$work/bin" "$work/other"
	cp "$BUILD"/sluice "$BUILD"/sluice-* "$work/bin"
	chmod 755 "$work"
	chmod -R a+rX "$bare"
	HOME=$work/other git config --global --add safe.directory "$bare"
	chown -R 65534:65534 "$work/other"
	as=(env HOME="$work/other" PATH="$work/bin:$PATH" setpriv --reuid 65534
		--regid 65534 --clear-groups)
	look
	exits 0 status
	lacks "$(cat "$work/out")" 'no runner is here' 'another user sees the runner'
	exits 4 retry main
	says "this user may not write to $bare/sluice/runner/run.db"
	kill "$runner"
	wait "$runner" || fail 'the runner did not end well'
	for command in status 'retry main' cancel; do
		# shellcheck disable=SC2086
		exits 4 $command
		says 'run sluice as the user whose repository it is'
	done
	exits 0 report main
fi
