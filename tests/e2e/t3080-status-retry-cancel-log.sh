#!/usr/bin/env bash
# status says what waits, runs and failed; retry executes what failed again,
# with its reason; cancel stops; log lists the runs. A newer tip stops the run
# of the one before; what is stopped is told to the forge.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
start_forge
echo s3cret >"$work/token"
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
in_bare() { (cd "$bare" && sluice "$@"); }
make_clone
write Flaky.sh <<E
# @include action/bash
[ -e '$work/mended' ] || exit 3
echo n >out.csv
echo 1 >>out.csv
E
main=$(commit 'a node that fails')
push main
has "$(in_bare status)" '1 push that no runner has seen' 'spooled'
is "$(in_bare status --json | jq -c '[.runner, .spooled]')" '[false,1]' \
	'spooled, as JSON'
run_once
is "$(requests)" "main $main done failure" 'it failed'
has "$(in_bare status)" "failure  main  ${main:0:12}" 'failed'
is "$(in_bare log --json | jq -r '.[0].outcome')" failure 'log'
is "$(ends_of "$main")" 'failure' 'statuses'

# a push of the same code does not execute it again: the failure is remembered
git commit -q --allow-empty -m 'the same'
same=$(git rev-parse HEAD)
push main
: >"$work/mended"
run_once
is "$(requests | tail -n 1)" "main $same done failure" 'remembered'

# retry does
in_bare retry main Flaky --reason 'the file was delivered' >/dev/null
in_bare retry main 2>"$work/err" && fail 'queued twice'
has "$(cat "$work/err")" 'queued already' 'a second click'
run_once
is "$(requests | tail -n 1)" "main $same done success" 'after retry'
is "$(run_of main run.json | jq -r .reason)" 'the file was delivered' 'reason'
is "$(runs_of main)" 3 'runs'
is "$(in_bare log | wc -l)" 3 'log'
is "$(in_bare log --json | jq -r '.[0].outcome')" success 'log'
is "$(sluice log)" "$(in_bare log)" 'log in a clone'
has "$(git log -1 --notes=sluice main)" '1 node' 'the note in a clone'
is "$(in_bare status)" "nothing is queued, running or failed
no runner is here: \`sluice runner\`, or \`sluice install --start\`" 'status'
is "$(ends_of "$same")" 'failure success' 'statuses'
in_bare retry main 2>"$work/err" && fail 'retried what is well'
has "$(cat "$work/err")" 'nothing failed' 'nothing to retry'

# of two that failed, only the one that is named; not a text that JSON, and so
# the record, cannot hold
git checkout -q -b two
mkdir -p North South
for place in North South; do
	write $place/Late.sh <<E
# @include action/bash
[ -e '$work/late' ] || exit 3
echo n >out.csv
E
done
two=$(commit 'two that fail')
push two
run_once
: >"$work/late"
in_bare retry two /East 2>"$work/err" && fail 'retried what is not there'
has "$(cat "$work/err")" '/East has not failed' 'not there'
in_bare retry two --reason $'caf\xe9' 2>"$work/err" && fail 'not UTF-8'
has "$(cat "$work/err")" 'not UTF-8' 'the reason'
in_bare retry two South >/dev/null
run_once
is "$(run_of two manifest.json | jq -c '[.nodes["North/Late","South/Late"].state]')" \
	'["failed","ok"]' 'the named directory alone'
in_bare retry two /North/Late >/dev/null
run_once
is "$(requests | tail -n 1)" "two $two done success" 'then the other'
git checkout -q main

# a run that would take ten minutes
write Slow.sh <<E
# @include action/bash
echo \$\$ >'$work/slow'
sleep 600
E
start_runner
git checkout -q -b exp
slow=$(commit 'a slow node')
push exp
wait_for 60 test -s "$work/slow"
has "$(in_bare status)" 'running  exp' 'running'
in_bare cancel exp >/dev/null
ended() { requests | grep -q "$1"; }
wait_for 60 ended "exp $slow cancelled"
gone() { ! kill -0 "$1" 2>/dev/null; }
wait_for 60 gone "$(cat "$work/slow")"
ends() { [ "$(ends_of "$1")" = "$2" ]; }
wait_for 60 ends "$slow" error

# and one that a newer tip stops
rm "$work/slow"
echo '# again' >>Slow.sh
slower=$(commit 'slow again')
push exp
wait_for 60 test -s "$work/slow"
git rm -q Slow.sh
fast=$(commit 'no slow node')
push exp
wait_for 60 ended "exp $fast done success"
is "$(requests | grep -c "exp $slower superseded")" 1 'superseded'
wait_for 60 ends "$fast" success
wait_for 60 ends "$slower" error

# told to end, it ends; what ran is queued again
rm "$work/slow"
git checkout -q -b late main
write Slow.sh <<E
# @include action/bash
echo \$\$ >'$work/slow'
sleep 601
E
late=$(commit 'slow')
push late
wait_for 60 test -s "$work/slow"
kill "$runner"
wait "$runner" || fail 'the runner did not end well'
is "$(requests | tail -n 1)" "late $late queued " 'queued again'
wait_for 60 gone "$(cat "$work/slow")"

# one runner a repository
start_runner
in_bare runner --once 2>"$work/err" && fail 'two runners'
has "$(cat "$work/err")" 'a runner serves this repository already' 'the second'

# several repositories, a process each; told to end, all end
first=$bare
kill "$runner"
wait "$runner" || fail 'the runner did not end well'
SANDBOX=none make_bare second
sluice runner "$first" "$bare" 2>>"$work/runner.log" &
both=$!
started+=("$both")
holder() { [ -s "$1/sluice/runner/lock" ] && kill -0 "$(cat "$1/sluice/runner/lock")" 2>/dev/null; }
wait_for 20 holder "$bare"
make_clone second-desk
example
commit 'four nodes' >/dev/null
push main
ran() { [ "$(runs_of main)" = "$1" ]; }
wait_for 60 ran 1
held=$(cat "$bare/sluice/runner/lock")
kill "$both"
wait "$both" || fail 'the runners did not end well'
wait_for 20 gone "$held"

# a hook that starts a runner where there is none
sluice install --start "$bare" >/dev/null
git commit -q --allow-empty -m 'again'
push main
has "$(cat "$work/pushed")" 'a runner was started' 'started by the hook'
wait_for 60 ran 2
wait_for 20 holder "$bare"
held=$(cat "$bare/sluice/runner/lock")
kill "$held"
wait_for 20 gone "$held"
