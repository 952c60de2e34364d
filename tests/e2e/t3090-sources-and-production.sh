#!/usr/bin/env bash
# A push reads production's snapshot, so that a branch differs by its code
# alone; what a branch reads beside is added under the same date. Production
# takes a run's tables if all is well, else keeps the old ones; with
# sluice.publish each, directory by directory.
. "$(dirname "$0")/lib.sh"

make_bare
git -C "$bare" config sluice.landing "$work/landing"
deliver() { # NAME: from stdin, as if it lay there since an hour
	mkdir -p "$work/landing/$(dirname "$1")"
	cat >"$work/landing/$1"
	touch -d '1 hour ago' "$work/landing/$1"
}
served() { git -C "$bare" show refs/sluice/production:manifest.json; }
snapshots() { git -C "$bare" rev-list --count refs/sluice/snapshots; }
sources() { # of the newest snapshot
	git -C "$bare" show refs/sluice/snapshots:snapshot.json |
		jq -r '.sources | keys | join(" ")'
}

printf 'id,v\n1,10\n' | deliver labs/a.csv
make_clone
write A/Labs.sql <<'E'
-- @include action/source/file
-- @path labs/*.csv
E
write A/Sum.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Labs
SELECT sum(v) AS v FROM Labs
E
write B/One.sql <<'E'
-- @include action/sql/sqlite
-- @depend ../A/Sum
SELECT 1 AS one
E
mv A/Labs.sql A/Labs
main=$(commit 'sources')
push main
run_once
is "$(requests)" "main $main done success" 'main'
is "$(snapshots)" 1 'snapshots'
is "$(sources)" 'labs/a.csv' 'what was taken'
date=$(git -C "$bare" show refs/sluice/snapshots:snapshot.json | jq -r .date)

# a delivery since: a branch does not see it
printf 'id,v\n2,20\n' | deliver labs/b.csv
printf 'x\n1\n' | deliver other/c.csv
git checkout -q -b exp
sed -i 's/sum(v)/sum(v) + 0/' A/Sum.sql
commit 'the same sum' >/dev/null
push exp
run_once
is "$(snapshots)" 1 'snapshots after a branch'
is "$(run_of exp manifest.json | jq -r .snapshot)" \
	"$(run_of main manifest.json | jq -r .snapshot)" 'the same snapshot'
is "$(run_of exp manifest.json | jq -r '.nodes["A/Sum"].table')" \
	"$(run_of main manifest.json | jq -r '.nodes["A/Sum"].table')" 'one sum'

# a branch that reads more: the child snapshot, same date
printf '%s\n' '-- @include action/source/file' '-- @path other/*.csv' >B/Other
commit 'another source' >/dev/null
push exp
run_once
is "$(snapshots)" 2 'snapshots after a new source'
is "$(sources)" 'labs/a.csv other/c.csv' 'what was added'
is "$(run_of exp manifest.json | jq -r .snapshot_date)" "$date" 'the date'
is "$(requests | tail -n 1 | cut -d' ' -f3-)" 'done success' 'the branch'

# production fails in B: the old one is served, whole
git checkout -q main
is "$(git -C "$bare" rev-list --count refs/sluice/production)" 1 'production'
old=$(served | sha256sum)
sed -i 's/1 AS one/nothing AS one/' B/One.sql
sed -i 's/sum(v)/sum(v) * 2/' A/Sum.sql
commit 'B is broken, A is new' >/dev/null
push main
run_once
is "$(served | sha256sum)" "$old" 'production keeps what it had'

# `production` is the commit whose tables are served, not the branch's tip
was=$(git rev-parse main~1)
is "$(cd "$bare" && sluice plan production..main --json | jq -r .base)" "$was" \
	'production as a revision'
(cd "$bare" && sluice verify production --rebuild >"$work/out") ||
	fail "production is not rebuilt: $(cat "$work/out")"

# each directory for itself: A is new, B is stale
git -C "$bare" config sluice.publish each
git commit -q --allow-empty -m 'again'
push main
run_once
is "$(served | jq -r '.nodes["A/Sum"].state')" ok 'A'
is "$(served | jq -r '.nodes["A/Sum"].table')" \
	"$(run_of main manifest.json | jq -r '.nodes["A/Sum"].table')" 'A is new'
is "$(served | jq -r '.nodes["B/One"].state')" stale 'B'
is "$(served | jq -r '.nodes["B/One"].since')" \
	"$(git -C "$bare" rev-parse refs/sluice/runs/main)" 'since which run'

# mended: the run's own manifest is served
sed -i 's/nothing AS one/2 AS one/' B/One.sql
commit 'mended' >/dev/null
push main
run_once
is "$(served | sha256sum)" "$(run_of main manifest.json | sha256sum)" 'mended'

# a retry of history does not take its place
now=$(served | sha256sum)
(cd "$bare" && sluice retry main~1 >/dev/null)
run_once
is "$(requests | tail -n 1 | cut -d' ' -f2)" "$(git rev-parse main~1)" 'retried'
is "$(served | sha256sum)" "$now" 'production after a retry of history'

# a pipeline whose files are not there, and no landing directory
git -C "$bare" config --unset sluice.landing
git checkout -q -b lost
printf '%s\n' '-- @include action/source/file' '-- @path no/such.csv' >B/Lost
lost=$(commit 'no landing')
push lost
run_once
is "$(requests | tail -n 1)" "lost $lost done error" 'no landing'
has "$(run_of lost report.md)" 'sluice.landing' 'the report says what to do'
