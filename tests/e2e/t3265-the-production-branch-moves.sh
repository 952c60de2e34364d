#!/usr/bin/env bash
# The production branch is pushed back, deleted, made anew, renamed (HEAD names
# another one while the runner works), and HEAD names nothing: what is served,
# and what is compared with what.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
make_clone
example

record() { run_of "$1" run.json | jq -r "$2"; }
computed() { record "$1" '[.nodes[] | select(.status == "computed")] | length'; }
served() { git -C "$bare" show refs/sluice/production:manifest.json | sha256sum; }
# served_of: the commit whose run is served
served_of() {
	local run
	run=$(git -C "$bare" log -1 --format=%s refs/sluice/production |
		sed 's/run \([0-9a-f]*\) of .*/\1/')
	git -C "$bare" show "$run:run.json" | jq -r .commit
}
threshold() {
	sed -i "s/< [0-9.]*/< $1/" ClinicA/Low.sql
	commit "threshold $1"
}

one=$(threshold 3.5)
push main
run_once
first=$(served)
two=$(threshold 3.0)
push main
run_once
is "$(served_of)" "$two" 'two is served'

# 1. pushed back to a commit that was run: served again, nothing computed, and
# compared with what it takes the place of
push -f "$one:refs/heads/main"
run_once
is "$(served_of)" "$one" 'pushed back: served'
is "$(served)" "$first" 'pushed back: its tables'
is "$(computed main)" 0 'pushed back: computed'
is "$(record main .base)" "$two" 'pushed back: the base'

# another line of history, pushed over it
git checkout -q -b line "$one"
three=$(threshold 2.5)
push -f "$three:refs/heads/main"
run_once
is "$(served_of)" "$three" 'pushed over'
is "$(record main .base)" "$one" 'pushed over: the base'

# 2. deleted: its runs are kept, what it served is served on; a branch that is
# pushed meanwhile has nothing to be compared with
git -C "$bare" config receive.denyDeleteCurrent ignore
runs=$(git -C "$bare" rev-parse refs/sluice/runs/main)
push :main
git checkout -q -b exp
four=$(threshold 2.0)
push exp
run_once
is "$(git -C "$bare" rev-parse "refs/sluice/deleted/main/$runs")" "$runs" 'deleted: its runs'
is "$(served_of)" "$three" 'deleted: served'
is "$(record exp .base)" null 'no production: no base'
has "$(note_of "$four")" 'nothing to compare with' 'no production: the note'

# made anew: compared with what is served
push "$four:refs/heads/main"
run_once
is "$(served_of)" "$four" 'made anew: served'
is "$(record main .base)" "$three" 'made anew: the base'
is "$(computed main)" 0 'made anew: computed'

# 3. renamed, while a runner is resident: HEAD says so, no setting
start_runner
git -C "$bare" symbolic-ref HEAD refs/heads/trunk
push :main "$four:refs/heads/trunk"
ended() { requests | grep -q "$1"; }
wait_for 60 ended "trunk $four done success"
is "$(record trunk .base)" "$four" 'renamed: the base is what is served'
git checkout -q -b trunk "$four"
five=$(threshold 1.5)
push trunk
wait_for 60 ended "trunk $five done success"
moved() { [ "$(served_of)" = "$1" ]; }
wait_for 20 moved "$five"
is "$(record trunk .base)" "$four" 'renamed: the next base'
git checkout -q -b side "$four"
sed -i 's/n \* 2/n * 3/' ClinicB/Total.sql
six=$(commit 'a branch of it')
push side
wait_for 60 ended "side $six done success"
is "$(record side .base)" "$four" 'a branch of the renamed one'

# 4. HEAD names nothing that is there: no production, and no harm
git -C "$bare" symbolic-ref HEAD refs/heads/nowhere
git checkout -q trunk
seven=$(threshold 1.0)
push trunk
wait_for 60 ended "trunk $seven done success"
is "$(served_of)" "$five" 'HEAD names nothing: served'
is "$(record trunk .base)" null 'HEAD names nothing: no base'
# a HEAD that is a commit
git -C "$bare" update-ref --no-deref HEAD "$four"
git -C "$bare" config sluice.production trunk
eight=$(threshold 0.5)
push trunk
wait_for 60 ended "trunk $eight done success"
wait_for 20 moved "$eight"
is "$(record trunk .base)" "$seven" 'named by a setting: the base'
kill "$runner"
wait "$runner" || fail 'the runner did not end well'
