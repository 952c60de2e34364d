#!/usr/bin/env bash
# A commit whose tree was run has its end while a run of somebody else goes on:
# a merge (production moves), a reworded commit, a text with errors that was
# seen before. What has to be computed waits for its turn, and so does a tree
# that was run with other data.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
git -C "$bare" config sluice.landing "$work/landing"
start_forge
echo s3cret >"$work/token"
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
make_clone

deliver() { # NAME: from stdin, as if it lay there since an hour
	mkdir -p "$work/landing"
	cat >"$work/landing/$1"
	touch -d '1 hour ago' "$work/landing/$1"
}
ended() { requests | grep -q "^$1\$"; }
ends() { [ "$(ends_of "$1")" = "$2" ]; }
served_run() { git -C "$bare" log -1 --format=%s refs/sluice/production; }
computed() { # by the latest run of branch $1
	run_of "$1" run.json |
		jq '[.nodes[] | select(.status == "computed")] | length'
}
runs_on() { ended "slow $held running "; }

printf 'id,v\n1,10\n' | deliver a.csv
write Labs <<'E'
@include action/source/file
@path *.csv
E
write Sum.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Labs
SELECT sum(v) AS v FROM Labs
E
commit 'a sum' >/dev/null
push main
run_once
git checkout -q -b exp
sed -i 's/sum(v)/sum(v) * 2/' Sum.sql
commit 'doubled' >/dev/null
push exp
git checkout -q -b wrong main
sed -i 's/Labs$/Laps/' Sum.sql
commit 'no such node' >/dev/null
push wrong
run_once
before=$(served_run)

start_runner
git checkout -q -b slow main
write Slow.sh <<E
# @include action/bash
: >'$work/began'
while [ ! -e '$work/go' ]; do sleep 0.05; done
echo n >out.csv
E
held=$(commit 'a long one')
push slow
wait_for 60 test -e "$work/began"

# 1. a merge: told, and production has its tables
git checkout -q main
git merge -q --no-ff -m merged exp
merged=$(git rev-parse HEAD)
push main
wait_for 60 ended "main $merged done success"
wait_for 20 ends "$merged" success
is "$(computed main)" 0 'the merge: computed'
[ "$(served_run)" != "$before" ] || fail 'production did not move'
runs_on || fail 'the long one does not run any more'

# 2. other words, the same files
git checkout -q exp
git commit -q --amend -m 'doubled, as it should be'
reworded=$(git rev-parse HEAD)
push -f exp
wait_for 60 ended "exp $reworded done success"
is "$(computed exp)" 0 'reworded: computed'

# 3. a text with errors, told before
git checkout -q wrong
wrong=$(commit 'still no such node')
push wrong
wait_for 60 ended "wrong $wrong done failure"

# 4. what is to be computed has its turn
git checkout -q -b new main
echo '-- once more' >>Sum.sql
new=$(commit 'another text')
push new
wait_for 20 ended "new $new queued "

# 5. a tree that was run, and new data: looked at, and put back
printf 'id,v\n2,20\n' | deliver b.csv
(cd "$bare" && sluice snapshot --take) >"$work/taken" 2>&1 ||
	fail "snapshot --take: $(cat "$work/taken")"
looked_at() { # twice: for the merge, for the data
	[ "$(grep -c "^sluice: ${merged:0:12} of main" "$work/runner.log")" = 2 ]
}
wait_for 20 looked_at
wait_for 20 ended "main $merged queued "
runs_on || fail 'the long one does not run any more'
ended "new $new queued " || fail 'a new text was run out of turn'

: >"$work/go"
wait_for 60 ended "slow $held done success"
wait_for 60 ended "new $new done success"
twice() { [ "$(requests | grep -c "^main $merged done success")" = 2 ]; }
wait_for 60 twice
is "$(computed main)" 2 'new data: computed'
is "$(git -C "$bare" show refs/sluice/production:manifest.json | jq -r .snapshot)" \
	"$(run_of main manifest.json | jq -r .snapshot)" 'production has the new data'

# 6. the runner is told to end with all of that at hand: nothing is lost
rm -f "$work/go" "$work/began"
git checkout -q slow
echo '# again' >>Slow.sh
held=$(commit 'a long one again')
push slow
wait_for 60 test -e "$work/began"
git checkout -q main
last=$(commit 'nothing new')
push main
kill "$runner"
flock -w 60 "$bare/sluice/runner/lock" true || fail 'the runner stays'
: >"$work/go"
run_once
ended "main $last done success" || fail "the last one: $(requests)"
ended "slow $held done success" || fail "the long one: $(requests)"
