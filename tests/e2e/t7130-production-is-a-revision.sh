#!/usr/bin/env bash
# production as a revision of get, show, diff, report, explain and manifest, at
# either side of A..B: what is served, which need not be what the newest run of
# its commit made: after a rollback from a delivery the commit is the same.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
landing=$work/landing
mkdir -p "$landing"
git -C "$bare" config sluice.landing "$landing"
git -C "$bare" config sluice.publish each
in_bare() { (cd "$bare" && sluice "$@"); }
night() { # TEXT: it is delivered, cron comes by, and production runs
	printf '%s' "$1" >"$landing/labs.csv"
	touch -d '1 minute ago' "$landing/labs.csv"
	in_bare snapshot --take >/dev/null 2>&1
	run_once
}
make_clone
write Labs <<<$'@include action/source/file\n@path labs.csv\n@key id'
write North/Sum.sql <<'E'
-- @include action/sql/sqlite
-- @depend /Labs
SELECT sum(value) AS total FROM Labs
E
write South/One.sql <<'E'
-- @include action/sql/sqlite
SELECT 1 AS one
E
one=$(commit 'sums')

# before anything was served it is the production branch
printf 'id,value\n1,10\n' >"$landing/labs.csv"
touch -d '1 minute ago' "$landing/labs.csv"
is "$(sluice plan production..HEAD --json | jq -r .base)" "$one" 'the branch'
push main
run_once
good=$(git -C "$bare" rev-parse refs/sluice/runs/main)
night $'id,value\n1,10\n2,10\n'
in_bare rollback "$good" --reason 'a bad delivery' >/dev/null

# the same commit on both sides, and other tables
changed() { # SIDE: rows before and after of what differs
	jq -r '.tables[] | [.node, .rows_before, .rows_after, .added, .removed, .changed // "-"] | join(" ")'
}
is "$(in_bare get --at production /North/Sum | tail -n 1)" 10 'get'
is "$(in_bare get --at main /North/Sum | tail -n 1)" 20 'get of the branch'
has "$(in_bare show --at production /North/Sum)" 10 'show'
is "$(in_bare show --at production /Labs --json | jq -r .rows)" 1 'show, as JSON'
wanted=$'Labs 1 2 1 0 0\nNorth/Sum 1 1 1 1 -'
is "$(in_bare diff production..main --json | changed)" "$wanted" 'diff production..main'
is "$(in_bare diff main..production --json | changed)" \
	$'Labs 2 1 0 1 0\nNorth/Sum 1 1 1 1 -' 'diff main..production'
is "$(in_bare diff production --json | changed)" "$wanted" 'diff production: to HEAD'
is "$(in_bare diff production..production 2>&1)" 'sluice: no table differs' 'with itself'
is "$(in_bare diff production..main --rows /Labs | grep '^[-+][^-+]')" \
	'+2,10' 'rows'
is "$(in_bare report production..main --format json | jq -r '[.tables[].node] | sort | join(" ")')" \
	'Labs North/Sum' 'report'
is "$(in_bare manifest production)" "$(git -C "$bare" show "$good:manifest.json")" 'manifest'
is "$(in_bare explain /Labs production..main --json | jq -r '.files[0].path')" labs.csv \
	'explain'
# from where a branch left it: a commit, which has a newest run
git checkout -q -b exp
sed -i 's/sum(value)/sum(value) + 1/' North/Sum.sql
commit 'one more' >/dev/null
push exp
run_once
is "$(in_bare diff production...exp --json | changed)" 'North/Sum 1 1 1 1 -' 'production...exp'
is "$(in_bare diff production..exp --json | changed)" "$wanted" 'production..exp'

# in a clone that has seen nothing of it: the server is asked first, and the
# files here are the other side
git clone -q "$bare" "$work/other"
cd "$work/other"
git config sluice.store "$bare/sluice"
is "$(sluice diff production..origin/exp --json | changed)" "$wanted" 'in a clone'
is "$(sluice get --at production North/Sum | tail -n 1)" 10 'get in a clone'
in_bare rollback "$(git -C "$bare" log -1 --format=%s refs/sluice/production~1 | cut -c5-44)" \
	--reason 'it was good' >/dev/null
is "$(sluice diff production..main --json | changed)" '' 'what is served now'
git config --unset sluice.store
sluice get --at production North/Sum >"$work/said" 2>&1 && fail 'a table from nowhere'
has "$(cat "$work/said")" 'sluice show /North/Sum --at production' 'where it is'

# what is kept of a unit that failed says so
git checkout -q main
sed -i 's/SELECT 1/SELECT nothing/' South/One.sql
commit 'South is broken' >/dev/null
push main
run_once
is "$(in_bare get --at production /South/One 2>"$work/said")" $'one\n1' 'kept'
has "$(cat "$work/said")" "South/One is stale: run $(git -C "$bare" rev-parse --short=12 refs/sluice/runs/main) made no table" \
	'and stale'
