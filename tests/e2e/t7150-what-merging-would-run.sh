#!/usr/bin/env bash
# sluice/promote says of each branch what merging it would run, before anybody
# merges: nothing, nodes that two branches together have never seen, a conflict,
# a text with errors; anew where production has moved. Then it is merged, and
# what was said is what happens. Looking executes nothing and writes nothing.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
# one that takes more posts a minute than GitHub does
FORGE=gitea start_forge
git -C "$bare" config sluice.forge.type gitea
echo x >"$work/token"
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
shown() { # REV: the newest sluice/promote of its commit
	curl -s --noproxy '*' -H 'Authorization: token x' \
		"$forge_url/commits/$(git rev-parse "$1")/statuses" |
		jq -r '[.[] | select(.context == "sluice/promote")] | max_by(.id) |
			"\(.status) \(.description)"'
}
computed() { # BRANCH: by its newest run
	run_of "$1" run.json | jq '[.nodes[] | select(.status == "computed")] | length'
}
zero='success merge runs 0 nodes (as merged here)'
make_clone
write A/One.sql <<'E'
-- @include action/sql/sqlite
SELECT 1 AS n
E
write B/Two.sql <<'E'
-- @include action/sql/sqlite
SELECT 2 AS n
E
write Both.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./A/One as one
-- @depend ./B/Two as two
SELECT one.n AS one, two.n AS two FROM one, two
E
write Last.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Both
SELECT one + two AS n FROM Both
E
commit 'one and two' >/dev/null
push main
run_once
is "$(shown main)" 'success served: production has these tables' 'production itself'

# ahead of production: what was run is what would be merged
branch() { # NAME FROM FILE SED
	git checkout -q -b "$1" "$2"
	sed -i "$4" "$3"
	commit "$1" >/dev/null
	push "$1"
}
branch one main A/One.sql 's/1 AS/11 AS/'
branch two main B/Two.sql 's/2 AS/22 AS/'
branch apart main B/Two.sql 's/2 AS n/2 AS n -- in words/'
branch clash main A/One.sql 's/1 AS/111 AS/'
git checkout -q -b reader main
write Third.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./A/One
SELECT n FROM One
E
commit 'a reader of One' >/dev/null
push reader
run_once
for b in one two apart clash reader; do
	is "$(shown $b)" "$zero" "$b"
done
# told once, whatever comes by
told=$(grep -c sluice/promote "$forge_log")
run_once
is "$(grep -c sluice/promote "$forge_log")" "$told" 'once'

# one is merged: nothing runs, as was said; the others are looked at anew
files=$(find "$bare/sluice/results" -type f | wc -l)
git checkout -q main
git merge -q --no-ff -m 'merge one' one
push main
run_once
is "$(computed main)" 0 'merged: nothing ran'
objects=$(git -C "$bare" count-objects -v | grep -E '^(count|in-pack):' | xargs)
is "$(find "$bare/sluice/results" -type f | wc -l)" "$files" 'and nothing by looking'
is "$(shown one)" 'success main has it already' 'one'
is "$(shown two)" \
	'failure 2 nodes of the merge were never computed: base moved, merge main into it first (as merged here)' 'two'
is "$(shown apart)" "$zero" 'apart: another text, and the same table'
is "$(shown clash)" 'failure conflicts with main in 1 file (as merged here)' 'clash'
is "$(shown reader)" \
	'failure 1 node of the merge was never computed: base moved, merge main into it first (as merged here)' 'reader'

# the runner is begun anew, and looks again: the same, and nothing is written
told=$(grep -c sluice/promote "$forge_log")
run_once
is "$(grep -c sluice/promote "$forge_log")" "$told" 'the same is not told again'
is "$(git -C "$bare" count-objects -v | grep -E '^(count|in-pack):' | xargs)" "$objects" \
	'no object is written'

# as it is told to: main is merged into two, run, and then it is as reviewed
git checkout -q two
git merge -q -m 'main into two' main
push two
run_once
is "$(shown two)" "$zero" 'two with main'
git checkout -q main
git merge -q --squash two
commit 'two, squashed' >/dev/null
push main
run_once
is "$(computed main)" 0 'a squash: nothing ran'

# merged all the same: what was said is what runs
is "$(shown reader)" \
	'failure 1 node of the merge was never computed: base moved, merge main into it first (as merged here)' 'reader'
git merge -q -m 'a reader' reader
push main
run_once
is "$(computed main)" 1 'reader: one node ran'

# green alone, and red together: the run of both is remembered, by whatever
# branch it was
branch left main A/One.sql 's/11 AS/0 AS/'
branch right main Last.sql 's/one + two AS n/abs(CASE one WHEN 0 THEN -9223372036854775808 ELSE 1 END) AS n/'
run_once
is "$(shown left)" "$zero" 'left'
is "$(shown right)" "$zero" 'right'
git checkout -q -b together left
git merge -q -m 'both' right
push together
run_once
is "$(requests | tail -n 1 | cut -d' ' -f1,4)" 'together failure' 'red together'
git checkout -q main
git merge -q left
push main
run_once
is "$(shown right)" 'failure 1 node of the merge fails (as merged here)' 'right, after left'

# a resident runner looks anew after a retry, and when production moves
start_runner
git checkout -q -b flaky main
write Flaky.sh <<E
# @include action/bash
[ -e '$work/mended' ] || exit 3
echo n >out.csv
E
commit 'flaky' >/dev/null
push flaky
is_shown() { [ "$(shown "$1")" = "$2" ]; }
wait_for 60 is_shown flaky 'failure 1 node of the merge fails (as merged here)'
: >"$work/mended"
(cd "$bare" && sluice retry flaky >/dev/null)
wait_for 60 is_shown flaky "$zero"
git checkout -q main
git merge -q flaky
push main
wait_for 60 is_shown flaky 'success served: production has these tables'
kill "$runner"
wait "$runner" || fail 'the runner did not end well'

# the text of the merge has errors: what it reads is gone
git checkout -q -b gone main
git rm -q Last.sql
commit 'no Last' >/dev/null
git checkout -q -b reads main
write After.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Last
SELECT n FROM Last
E
commit 'a reader of Last' >/dev/null
push gone reads
run_once
git checkout -q main
git merge -q gone
push main
run_once
is "$(shown reads)" 'failure the text of the merge has 1 error (as merged here)' 'reads'

# with files, it is said of which day
mkdir "$work/landing"
printf 'id\n1\n' >"$work/landing/labs.csv"
touch -d '1 minute ago' "$work/landing/labs.csv"
git -C "$bare" config sluice.landing "$work/landing"
git checkout -q -b labs main
write Labs <<<$'@include action/source/file\n@path labs.csv'
commit 'labs' >/dev/null
push labs
run_once
is "$(shown labs)" \
	"success merge runs 0 nodes (as merged here, inputs of $(run_of labs manifest.json | jq -r .snapshot_date))" 'labs'

# histories that have nothing in common
git checkout -q --orphan alone
commit 'alone' >/dev/null
push alone
run_once
is "$(shown alone)" 'failure no commit in common with main' 'alone'
