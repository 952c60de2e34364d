#!/usr/bin/env bash
# While a run of production computes, what was said of merging a branch is of
# the base before: sluice/promote is pending, "base moved", and has its end
# again when production has. A merge that computes nothing makes no such noise.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
start_forge
echo x >"$work/token"
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
shown() { # REV: the newest sluice/promote of its commit
	curl -s --noproxy '*' -H 'Authorization: Bearer x' \
		"${forge_url%/repos/*}/repos/clinic/data/commits/$(git rev-parse "$1")/statuses" |
		jq -r '[.[] | select(.context == "sluice/promote")][0] | "\(.state) \(.description)"'
}
is_shown() { [ "$(shown "$1")" = "$2" ]; }
zero='success merge runs 0 nodes (as merged here)'
make_clone
write One.sql <<'E'
-- @include action/sql/sqlite
SELECT 1 AS n
E
commit 'one' >/dev/null
push main
start_runner
for b in left right; do
	git checkout -q -b $b main
	write $b.sql <<E
-- @include action/sql/sqlite
SELECT '$b' AS t
E
	commit $b >/dev/null
	push $b
	wait_for 60 is_shown $b "$zero"
done

# merged, and nothing is computed: nothing is pending on the way
git checkout -q main
git merge -q --ff-only left
push main
wait_for 60 is_shown left 'success served: production has these tables'
wait_for 60 is_shown right "$zero"
is "$(grep -c 'base moved' "$forge_log" || true)" 0 'a merge that computes nothing'

# production computes, and goes on for a while
write Slow.sh <<E
# @include action/bash
# @depend ./One
while [ ! -e '$work/go' ]; do sleep 0.1; done
printf 'n\n1\n' >out.csv
E
write Quick.sql <<'E'
-- @include action/sql/sqlite
SELECT 2 AS n
E
commit 'slow' >/dev/null
push main
wait_for 60 is_shown right \
	'pending base moved: main runs, what merging does is looked at again then'
is "$(shown left)" 'success served: production has these tables' 'what is merged stays so'
: >"$work/go"
wait_for 60 is_shown right "$zero"
