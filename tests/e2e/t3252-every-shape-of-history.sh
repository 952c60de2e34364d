#!/usr/bin/env bash
# Root commit, merge, octopus, criss-cross, unrelated history, empty commit, a
# tree that was run before: each is compared with its merge base with
# production, or with nothing; what is there already is not computed again.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
make_clone
example

record() { run_of "$1" run.json | jq -r "$2"; }
report() { run_of "$1" report.md; }
computed() { record "$1" '[.nodes[] | select(.status == "computed")] | length'; }
# base_is BRANCH COMMIT: the record says so, and it was compared with that
# one's tables
base_is() {
	is "$(record "$1" .base)" "$2" "$1: the base"
	is "$(record "$1" .base_manifest)" \
		"$(manifest_id "$2")" "$1: the base's manifest"
	lacks "$(note_of "refs/heads/$1")" 'nothing to compare with' "$1: the note"
}
# the id of the manifest of a commit of main's, from main's own runs
manifest_id() {
	local run
	for run in $(git -C "$bare" rev-list refs/sluice/runs/main); do
		[ "$(git -C "$bare" show "$run:run.json" | jq -r .commit)" = "$1" ] || continue
		git -C "$bare" show "$run:manifest.json" | sha256sum | cut -d' ' -f1
		return
	done
	fail "main never ran $1"
}
threshold() { sed -i "s/< [0-9.]*/< $1/" ClinicA/Low.sql; }

# 1. a root commit of production: nothing to compare with, all is new
root=$(commit 'four nodes')
push main
run_once
is "$(record main .base)" null 'a root commit: no base'
has "$(report main)" '4 nodes, nothing to compare with' 'a root commit'
is "$(computed main)" 4 'a root commit: computed'

# production's next tip: compared with the one before
threshold 3.0
second=$(commit 'lower')
push main
run_once
base_is main "$root"
has "$(note_of "$second")" 'ClinicB/Total' 'production: the table that changed'

# 2. a branch of an older commit: the merge base, not production's tip
git checkout -q -b old "$root"
sed -i 's/n \* 2/n * 3/' ClinicB/Total.sql
commit 'thrice' >/dev/null
push old
run_once
base_is old "$root"
is "$(computed old)" 1 'the branch alone'

# 3. production merged into it: the merge base moves to production's tip
git merge -q -m 'merge main' main
push old
run_once
base_is old "$second"

# 4. an octopus of three: main and two others
for side in left right; do
	git checkout -q -b $side "$root"
	write "$side/Own.sql" <<S
-- @include action/sql/sqlite
-- @depend ../ClinicA/Count
SELECT n AS n_$side FROM Count
S
	commit $side >/dev/null
done
git checkout -q -b octopus main
git merge -q -m 'of three' left right >/dev/null
is "$(git rev-list --parents -n 1 HEAD | wc -w)" 4 'an octopus'
push octopus
run_once
base_is octopus "$second"
is "$(record octopus '.nodes | length')" 6 'an octopus: nodes'
is "$(computed octopus)" 2 'an octopus: its own two'

# 5. criss-cross: one of two best merge bases, neither of which was run; it has
# the tree of a commit that was
git checkout -q -b cross "$root"
git commit -q --allow-empty -m 'cross one'
one=$(git rev-parse HEAD)
git checkout -q main
git commit -q --allow-empty -m 'main one'
two=$(git rev-parse HEAD)
git merge -q -m 'cross into main' cross
push main
git checkout -q cross
git merge -q -m 'main into cross' "$two"
push cross
is "$(git merge-base --all cross main | sort)" "$(printf '%s\n' "$one" "$two" | sort)" \
	'criss-cross'
run_once
case $(record cross .base) in
"$one") same=$root ;;
"$two") same=$second ;;
*) fail "criss-cross: the base is $(record cross .base)" ;;
esac
is "$(record cross .base_manifest)" "$(manifest_id "$same")" 'criss-cross'

# 6. unrelated history: no base, all nodes are new, though nothing is computed
git checkout -q --orphan unrelated
alone=$(commit 'a new beginning')
is "$(git merge-base unrelated main || true)" '' 'unrelated'
push unrelated
run_once
is "$(record unrelated .base)" null 'unrelated: no base'
has "$(note_of "$alone")" 'nothing to compare with' 'unrelated: the note'
is "$(computed unrelated)" 0 'unrelated: computed'

# 7. an empty commit, and the tree of a run that is finished (a revert): told
# at once, and nothing is computed
git checkout -q -b empty main
git commit -q --allow-empty -m 'nothing'
push empty
run_once
base_is empty "$(git rev-parse main)"
is "$(computed empty)" 0 'an empty commit: computed'
has "$(note_of refs/heads/empty)" 'no delivered table changes' 'an empty commit: the note'
threshold 4.5
commit 'higher' >/dev/null
push empty
run_once
[ "$(computed empty)" -gt 0 ] || fail 'a change computes nothing'
git revert --no-edit HEAD >/dev/null
push empty
run_once
is "$(computed empty)" 0 'a revert: computed'
is "$(run_of empty manifest.json | sha256sum)" \
	"$(run_of main manifest.json | sha256sum)" 'a revert: one manifest'
is "$(runs_of empty)" 3 'each push has its run'

# 8. what was overtaken on production has no run: a branch from there is
# compared with the nearest commit that has, and says with which
git checkout -q main
threshold 2.0
skipped=$(commit 'skipped')
push main
threshold 3.1
commit 'the tip' >/dev/null
push main
git checkout -q -b beside "$skipped"
sed -i 's/n \* 2/n * 4/' ClinicB/Total.sql
commit 'four times' >/dev/null
push beside
run_once
has "$(requests)" "main $skipped superseded" 'overtaken'
base_is beside "$(git rev-parse main~2)"
lacks "$(note_of refs/heads/beside)" 'nothing to compare with' 'beside'

# 9. a tip of production whose text has errors has no tables: the next one is
# compared with the last that has, and so is a branch from there
git checkout -q main
tip=$(git rev-parse HEAD)
sed -i 's/@depend/@depnd/' ClinicA/Low.sql
commit 'a slip' >/dev/null
push main
run_once
is "$(requests | tail -n 1 | cut -d' ' -f3-)" 'done failure' 'a slip'
git checkout -q -b mending
sed -i 's/@depnd/@depend/; s/< [0-9.]*/< 3.3/' ClinicA/Low.sql
commit 'mended' >/dev/null
push mending
run_once
base_is mending "$tip"
git checkout -q main
git merge -q --ff-only mending
push main
run_once
base_is main "$tip"
is "$(computed main)" 0 'merged: computed'

# 10. a retry of history makes that commit no base
(cd "$bare" && sluice retry "$root" --reason 'to see' >/dev/null 2>&1) &&
	fail 'retried what is well'
sqlite3 "$bare/sluice/runner/run.db" "UPDATE request SET outcome = 'failure'
	WHERE commit_id = '$root'"
(cd "$bare" && sluice retry "$root" --reason 'to see' >/dev/null)
run_once
is "$(record main .commit)" "$root" 'retried'
tip=$(git rev-parse main)
threshold 3.4
commit 'after the retry' >/dev/null
push main
run_once
base_is main "$tip"
