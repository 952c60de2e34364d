#!/usr/bin/env bash
# Each tip that was pushed ends on the forge, once: by its run, or as
# "superseded by" the one that came instead, also where it never began. While
# another run goes on: overtaken, cancelled, deleted, renamed, made again. What
# one branch ends with never covers what another one brought the commit to.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
# one that takes more posts a minute than GitHub does
FORGE=gitea start_forge
git -C "$bare" config sluice.forge.type gitea
echo s3cret >"$work/token"
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
make_clone

# told COMMIT: what the forge shows of it by now, "STATE WORDS"
told() {
	jq -r --arg c "$1" 'select(.method == "POST" and .accepted and
		(.path | endswith($c)) and .body.context == "sluice/run") |
		.body.state + " " + .body.description' \
		"$forge_log" | tail -n 1
}
# ends COMMIT: how many ends it was told
ends() { statuses_of "$1" | tr ' ' '\n' | grep -vc pending || true; }
shows() { [ "$(told "$1")" = "$2" ]; }
shows_success() { [[ $(told "$1") = success* ]]; }
has_end() { [ -n "$(ends_of "$1")" ]; }
ended() { requests | grep -q "^$1\$"; }
# change WORDS: a commit with a text of its own; prints it
change() {
	echo "-- $1" >>Quick.sql
	commit "$1"
}
# computed BRANCH: how many nodes its latest run executed
computed() {
	run_of "$1" run.json |
		jq '[.nodes[] | select(.status == "computed")] | length'
}

write Quick.sql <<'E'
-- @include action/sql/sqlite
SELECT 1 AS one
E
commit 'one node' >/dev/null
push main
run_once

# 1. overtaken before anybody looked: nobody runs the first
git checkout -q -b exp
first=$(change first)
push exp
second=$(change second)
push exp
run_once
is "$(told "$first")" "error superseded by ${second:0:7}" 'overtaken, unseen'
is "$(statuses_of "$first")" error 'overtaken, unseen: nothing else'
is "$(ends_of "$second")" 'success' 'the tip'
is "$(git -C "$bare" log --format=%B refs/sluice/runs/exp | grep -c "^Commit: $first" || true)" \
	0 'overtaken, unseen: a run'

# the same where it was deleted in between, and made again at another commit
git checkout -q -b anew main
third=$(change third)
push anew
push :anew
fourth=$(change fourth)
push anew
run_once
is "$(told "$third")" "error superseded by ${fourth:0:7}" 'made anew, unseen'
is "$(ends_of "$fourth")" 'success' 'made anew'
# and where it is gone for good
fifth=$(change fifth)
push HEAD:refs/heads/gone-soon
push :gone-soon
run_once
is "$(told "$fifth")" 'error the branch was deleted' 'gone, unseen'

# hold BRANCH: pushes $held, whose run waits for $work/go, and returns when it
# has begun
hold() {
	rm -f "$work/go" "$work/began"
	git checkout -q -b "$1" main
	write Slow.sh <<E
# @include action/bash
: >'$work/began'
while [ ! -e '$work/go' ]; do sleep 0.05; done
echo n >out.csv
# $1
E
	held=$(commit "hold $1")
	push "$1"
	wait_for 60 test -e "$work/began"
}
start_runner
hold slow

# 2. overtaken as it waited: told while the other run goes on
git checkout -q exp
waits=$(change waits)
push exp
wait_for 20 ended "exp $waits queued "
next=$(change next)
push exp
wait_for 20 shows "$waits" "error superseded by ${next:0:7}"
is "$(requests | grep -c "slow $held running")" 1 'the other one goes on'

# 3. cancelled as it waited; deleted as it waited, its name given to a branch
# below it in the same push
wait_for 20 ended "exp $next queued "
(cd "$bare" && sluice cancel exp >/dev/null)
wait_for 20 shows "$next" 'error cancelled'
git checkout -q -b gone main
gone=$(change gone)
push gone
wait_for 20 ended "gone $gone queued "
below=$(change below)
push :gone HEAD:refs/heads/gone/below
wait_for 20 shows "$gone" 'error the branch was deleted'

# 4. one commit on two branches: the one that goes takes nothing from the other
git checkout -q -b left main
both=$(change both)
push left left:right
wait_for 20 ended "right $both queued "
push :left
wait_for 20 ended "left $both superseded "
: >"$work/go"
wait_for 60 ended "right $both done success"
wait_for 60 ended "gone/below $below done success"
wait_for 20 shows_success "$both"
is "$(ends "$both")" 1 'one commit on two branches'
is "$(runs_of gone/below)" 1 'runs of gone/below'

# the same where the result is there already
kill "$runner"
flock -w 60 "$bare/sluice/runner/lock" true || fail 'the runner stays'
git push -q origin "$both:refs/heads/other" 2>/dev/null
push :other
start_runner
wait_for 20 ended "other $both superseded "
hold slow2
: >"$work/go"
wait_for 60 ended "slow2 $held done success"
has "$(told "$both")" success 'a result is not covered'

# 5. renamed while it runs: under its new name it comes to its result
hold was
git push -q origin :was "$held:refs/heads/is" 2>/dev/null
wait_for 20 ended "was $held superseded "
: >"$work/go"
wait_for 60 ended "is $held done success"
wait_for 20 shows_success "$held"
is "$(runs_of was)" 0 'runs of the old name'

# 6. deleted while it runs, and made again at the same commit; then once more
# when there is a result: it comes back at once
hold again
push :again
wait_for 20 ended "again $held superseded "
wait_for 20 shows "$held" 'error the branch was deleted'
is "$(runs_of again)" 0 'runs of a deleted branch'
: >"$work/go"
push again
wait_for 60 ended "again $held done success"
wait_for 20 shows_success "$held"
push :again
archived() { [ -z "$(git -C "$bare" for-each-ref refs/sluice/runs/again)" ]; }
wait_for 20 archived
push again
twice() { [ "$(requests | grep -c "$1 done success")" = 2 ]; }
wait_for 60 twice "again $held"
is "$(computed again)" 0 'made again: computed'
wait_for 60 shows_success "$held"

# deleted while it runs, and made anew at another commit
hold other
stopped=$held
git checkout -q -b quick main
quick=$(change quick)
push :other
push quick:other
wait_for 60 ended "other $quick done success"
wait_for 20 ended "other $stopped superseded "
wait_for 60 has_end "$stopped"
case $(told "$stopped") in
'error the branch was deleted' | "error superseded by ${quick:0:7}") ;;
*) fail "made anew while it runs: $(told "$stopped")" ;;
esac
: >"$work/go"

# 7. pushed back to a commit that is finished, past one that waits
hold back
: >"$work/go"
wait_for 60 ended "back $held done success"
finished=$held
hold forward
git push -q -f origin "$held:refs/heads/back" 2>/dev/null
wait_for 20 ended "back $held queued "
git push -q -f origin "$finished:refs/heads/back" 2>/dev/null
wait_for 20 ended "back $held superseded "
: >"$work/go"
wait_for 60 ended "forward $held done success"
wait_for 60 twice "back $finished"
wait_for 20 shows_success "$finished"
wait_for 20 shows_success "$held"
is "$(run_of back run.json | jq -r .commit)" "$finished" 'pushed back: the run'
is "$(runs_of back)" 1 'pushed back: it is the run that was there'

kill "$runner"
wait "$runner" || fail 'the runner did not end well'
# nothing is left open
for c in $(requests | awk '{ print $2 }' | sort -u); do
	case $(statuses_of "$c") in
	'' | *pending) fail "$c ends with '$(statuses_of "$c")'" ;;
	esac
done
