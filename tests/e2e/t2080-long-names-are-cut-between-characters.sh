#!/usr/bin/env bash
# Names of many letters of two bytes do not fit every place that tells of them:
# why a node ran, why it failed, who made a table. They are cut between letters
# there, since half a letter is no JSON, and nothing else is harmed.
. "$(dirname "$0")/lib.sh"

long() { python3 -c 'import sys; print(sys.argv[1] + "\u00e9" * int(sys.argv[2]), end="")' "$1" "$2"; }

SANDBOX=none make_bare
mkdir "$work/landing"
git -C "$bare" config sluice.landing "$work/landing"
make_clone
for odd in '' x; do
	column=$(long "${odd}c" 100)
	write "T$odd.sql" <<E
-- @include action/sql/sqlite
SELECT 1 AS "$column"
E
	write "R$odd.sql" <<E
-- @include action/sql/sqlite
-- @depend ./T$odd as t
SELECT "$column" + 1 AS n FROM t
E
	write "S$odd" <<E
@include action/source/file
@path $(long "${odd}f" 400).csv
E
done
git config sluice.landing "$work/landing"
git config sluice.sandbox none
out=$(sluice run --json 2>/dev/null) && fail 'the sources are there'
is "$(jq -c '[.counts.computed,.counts.failed,(.nodes|length)]' <<<"$out")" \
	'[4,2,6]' 'at a desk'
sed -i 's/SELECT 1/SELECT 2/' T.sql Tx.sql
out=$(sluice run --json 2>/dev/null) && fail 'the sources are there'
causes=$(jq -r '.nodes[] | select(.node | startswith("R")) | .cause' <<<"$out")
is "$(grep -c '^input t: column x*cé*$' <<<"$causes")" 2 "causes: $causes"

# the server names the branch in each result
for odd in '' x; do
	branch=$(long "${odd}b" 60)
	git checkout -q -b "$branch"
	commit "$odd" >/dev/null 2>&1 || git commit -q --allow-empty -m again
	push "$branch"
	run_once
	is "$(run_of "$branch" run.json | jq '.nodes | length')" 6 'of the server'
done
git commit -q --allow-empty -m 'all is reused'
push "$branch"
run_once
is "$(run_of "$branch" run.json |
	jq -r '[.nodes[] | select(.status == "reused")] | length')" 4 'reused'
