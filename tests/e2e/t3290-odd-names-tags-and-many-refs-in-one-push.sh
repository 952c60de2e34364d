#!/usr/bin/env bash
# Names that shells, formats, JSON and terminals take for something else; tags
# of commits, trees and files; branches, tags, moves and deletions in one push.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
FORGE=gitlab
start_forge
echo s3cret >"$work/token"
git -C "$bare" config sluice.forge.type gitlab
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
make_clone
example
main=$(commit 'four nodes')
push main
run_once

# 1. names: each is run under its name, which the forge is told as it is
# shellcheck disable=SC2016
names=("it's" 'a"b' '100%' '%s%n%p' '$HOME' '`id`' 'a;b|c&d' '-x' '--json' '@'
	'HEAD' 'production' 'x=y' '+plus' '!x' '(y)' '<z>' '#1' 'a,b' 'café'
	$'zero\u200bwidth' $'turned\u202egpj' $'\u4e2d\u6587' 'a/b/c/d/e/f'
	'refs/heads/x' 'refs/sluice/production' "$main"
	"$(printf 'x%.0s' {1..200})" "$(printf 'long/%.0s' {1..39})end")
refspecs=()
for name in "${names[@]}"; do refspecs+=("$main:refs/heads/$name"); done
push "${refspecs[@]}"
run_once
told=$(jq -r 'select(.method == "POST" and .accepted and .body.state == "success")
	| .body.ref' "$forge_log")
for name in "${names[@]}"; do
	is "$(git -C "$bare" show "refs/sluice/runs/$name:run.json" | jq -r .branch)" \
		"$name" 'the run'
	grep -qxF -e "$name" <<<"$told" || fail "the forge was not told of $name"
	has "$(cd "$bare" && sluice log -- "$name")" "${main:0:12}" "log of $name"
	(cd "$bare" && sluice report "refs/heads/$name") >"$work/out" ||
		fail "report of $name"
done
is "$(requests | grep -vc ' done success$' || true)" 0 'each has its result'

# and they go again, all in one push
refspecs=()
for name in "${names[@]}"; do refspecs+=(":refs/heads/$name"); done
git -C "$bare" config receive.denyDeleteCurrent ignore
push "${refspecs[@]}"
run_once
is "$(git -C "$bare" for-each-ref --format='%(refname)' refs/sluice/runs)" \
	refs/sluice/runs/main 'runs of what is left'
is "$(git -C "$bare" for-each-ref refs/sluice/deleted | wc -l)" "${#names[@]}" \
	'runs of the deleted'

# a branch that has the name of another one's run in front of it, and the like
# that would be in the way when runs are moved aside
git push -q origin "$main:refs/heads/exp" 2>/dev/null
run_once
for deep in 1 2 3; do
	id=$(git -C "$bare" rev-parse refs/sluice/runs/exp)
	git push -q origin :exp 2>/dev/null
	run_once
	git push -q origin "$main:refs/heads/exp/$id" 2>/dev/null
	run_once
	git push -q origin ":exp/$id" "$main:refs/heads/exp" 2>/dev/null
	run_once
	is "$(runs_of exp)" 1 "run in the way $deep"
	is "$(requests | tail -n 1 | cut -d' ' -f3-)" 'done success' "run in the way $deep"
done

# status names one that failed so that a terminal does nothing with it
git checkout -q -b failing main
echo 'SELECT nothing_such' >>ClinicA/Low.sql
failing=$(commit 'no such column')
push "$failing:refs/heads/"$'x\u202egpj'
run_once
shown=$(cd "$bare" && sluice status)
has "$shown" 'x\u{202e}gpj  '"${failing:0:12}" 'status'
lacks "$shown" $'\u202e' 'status'
has "$(cat "$work/runner.log")" "${failing:0:12} of "'x\u{202e}gpj' 'the runner'
git checkout -q main

# 2. what cannot be run is said, and holds nobody up
n=$(requests | wc -l)
push "$main:refs/heads/$(printf 'y%.0s' {1..201})" "$main:refs/heads/also"
has "$(cat "$work/pushed")" 'a branch is not run: its name' 'a long name'
run_once
is "$(requests | tail -n 1)" "also $main done success" 'the one beside it'
is "$(requests | wc -l)" $((n + 1)) 'requests'

# 3. tags, of whatever: nothing is run, nothing is said
tags=$(git hash-object -w --stdin <<<'a file')
git tag file "$tags"
git tag tree "$main^{tree}"
git tag -a -m 'annotated' annotated "$main"
git -c advice.nestedTag=false tag -a -m 'of a tag' nested annotated
git tag light "$main"
n=$(requests | wc -l)
push --tags
lacks "$(cat "$work/pushed")" 'sluice:' 'tags: the lines'
run_once
is "$(requests | wc -l)" "$n" 'tags: requests'
# git itself takes no tag, tree or file for a branch
for what in annotated^0 tree file; do
	if git push -q origin "$what:refs/heads/of-$what" 2>/dev/null; then
		[ "$what" = 'annotated^0' ] || fail "git took $what for a branch"
	fi
done
git push -q origin annotated:refs/heads/tagged 2>/dev/null &&
	fail 'git took a tag for a branch'
# one that was written by hand is run as the commit it leads to
git rev-parse annotated >"$bare/refs/heads/by-hand"
run_once
is "$(run_of by-hand run.json | jq -r .commit)" "$main" 'a tag by hand'
rm "$bare/refs/heads/by-hand"
run_once

# 4. several refs in one push: new, moved, moved back, gone, a tag
git push -q origin "$main:refs/heads/moved" "$main:refs/heads/gone" 2>/dev/null
run_once
git checkout -q -b work main
sed -i 's/n \* 2/n * 3/' ClinicB/Total.sql
one=$(commit one)
git tag v1
push "$one:refs/heads/moved" "$one:refs/heads/new" :gone v1 "$one:main"
run_once
for branch in moved new main; do
	is "$(run_of $branch run.json | jq -r .commit)" "$one" "in one push: $branch"
done
is "$(runs_of gone)" 0 'in one push: gone'
is "$(run_of main run.json | jq -r .base)" "$main" 'production: its base'
is "$(run_of new run.json | jq -r .base)" "$one" 'a branch at production: its base'
has "$(note_of "$one")" 'ClinicB/Total' 'the note is production'\''s'
