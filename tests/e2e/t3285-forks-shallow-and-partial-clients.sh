#!/usr/bin/env bash
# Repositories that lack something: a fork that shares its objects by
# objects/info/alternates, clients that are shallow or have no blobs, servers
# that are. What can be run is run as from any other; what cannot is said in
# words, with what to do.
. "$(dirname "$0")/lib.sh"

SANDBOX=none make_bare
make_clone
example
for i in 1 2 3; do
	sed -i "s/< [0-9.]*/< 3.$i/" ClinicA/Low.sql
	commit "step $i" >/dev/null
done
main=$(git rev-parse HEAD)
push main
run_once
git -C "$bare" config uploadpack.allowFilter true

# pushed BRANCH: what a client pushed is run, compared with main, and whole
pushed() {
	run_once
	is "$(requests | tail -n 1)" "$1 $(git rev-parse HEAD) done success" "$1"
	is "$(run_of "$1" run.json | jq -r .base)" "$main" "$1: the base"
	has "$(note_of "$(git rev-parse HEAD)")" '4 nodes' "$1: the note"
	git -C "$bare" fsck --connectivity-only >/dev/null 2>&1 || fail "$1: git fsck"
}

# 1. a shallow client
git clone -q --depth 1 "file://$bare" "$work/shallow"
cd "$work/shallow"
git checkout -q -b shallow
sed -i 's/n \* 2/n * 3/' ClinicB/Total.sql
commit 'from a shallow clone' >/dev/null
push shallow
pushed shallow
sluice log >"$work/out" # runs are read, though history is not there
has "$(cat "$work/out")" "$(git rev-parse --short=12 HEAD)" 'log in a shallow clone'
sluice plan 2>"$work/err" && fail 'a plan in a shallow clone'
has "$(cat "$work/err")" 'git fetch --unshallow' 'a plan in a shallow clone'
git fetch -q --unshallow
sluice plan main..shallow >"$work/out"
has "$(cat "$work/out")" '1 of 4 nodes affected' 'after what it said'

# 2. a client without blobs, that has those of its files alone
git clone -q --filter=blob:none "file://$bare" "$work/partial"
cd "$work/partial"
git checkout -q -b partial
sed -i 's/n \* 2/n * 4/' ClinicB/Total.sql
commit 'from a partial clone' >/dev/null
push partial
pushed partial
sluice plan 'main~2..main' 2>"$work/err" && fail 'a plan of what is not there'
has "$(cat "$work/err")" 'ClinicA/Low.sql is not in this partial clone' 'what is lacking'
has "$(cat "$work/err")" 'git fetch --refetch --no-filter' 'what to do'
git fetch -q --refetch --no-filter
sluice plan 'main~2..main' >"$work/out"
has "$(cat "$work/out")" '3 of 4 nodes affected' 'after what it said'
# and without trees
git clone -q --no-checkout --filter=tree:0 "file://$bare" "$work/treeless"
(cd "$work/treeless" && sluice plan main~1..main) 2>"$work/err" &&
	fail 'a plan without trees'
has "$(cat "$work/err")" 'git fetch --refetch --no-filter' 'without trees'

# 3. a fork that shares objects: its runs are its own, and both are whole after
# a gc of each
cd "$clone"
origin=$bare
git clone -q --bare --shared "$bare" "$work/fork.git"
[ -s "$work/fork.git/objects/info/alternates" ] || fail 'no alternates'
bare=$work/fork.git
sluice install "$bare" >/dev/null
git -C "$bare" config sluice.sandbox none
git checkout -q -b forked
sed -i 's/n \* 2/n * 5/' ClinicB/Total.sql
commit 'from a fork' >/dev/null
git push -q "$bare" forked 2>/dev/null
run_once
is "$(requests | grep -c 'done success')" 4 'main, shallow, partial, forked'
is "$(run_of forked run.json | jq -r .base)" "$main" 'a fork: the base'
is "$(git -C "$origin" for-each-ref refs/sluice/runs/forked)" '' 'not in the other one'
git -C "$origin" gc -q --prune=now
git -C "$bare" gc -q --prune=now
for dir in "$origin" "$bare"; do
	git -C "$dir" fsck --connectivity-only >/dev/null 2>&1 || fail "git fsck of $dir"
done
has "$(cd "$bare" && sluice report forked | head -n 1)" 'delivered table changes' \
	'a fork: the report after a gc'
git commit -q --allow-empty -m 'again'
git push -q "$bare" forked 2>/dev/null
run_once
is "$(runs_of forked)" 2 'a fork: the next run'

# what it borrows is away: said by whoever looks, and nothing comes to an end
git commit -q --allow-empty -m 'before it was away'
git push -q "$bare" forked 2>/dev/null
mv "$origin" "$work/moved.git"
for command in 'report forked' 'log forked' 'plan main' 'manifest main' 'runner --once'; do
	# shellcheck disable=SC2086 # its words
	(cd "$bare" && sluice $command) >"$work/out" 2>&1 && fail "$command: $(cat "$work/out")"
	has "$(cat "$work/out")" "$origin/objects are borrowed, and that is not there" \
		"away: $command"
done
mv "$work/moved.git" "$origin"
run_once
is "$(runs_of forked)" 3 'a fork: its objects are back'

# 4. servers that lack something: an end in words, not "object not found"
lacking() { # NAME WORDS CLONE-OPTION...
	local name=$1 words=$2
	shift 2
	git clone -q --bare "$@" "file://$origin" "$work/$name.git"
	bare=$work/$name.git
	sluice install "$bare" >/dev/null
	git -C "$bare" config sluice.sandbox none
	run_once
	is "$(requests | grep -c "^main $main done error")" 1 "$name: its end"
	has "$(note_of "$main")" 'could not be done on the server' "$name: the note"
	has "$(run_of main report.md)" "$words" "$name: the report"
	has "$(cd "$bare" && sluice status)" "$words" "$name: status"
	lacks "$(cd "$bare" && sluice status)" 'no match' "$name: status"
}
lacking shallow-server 'git fetch --unshallow' --depth 1
lacking partial-server 'git fetch --refetch --no-filter' --filter=blob:none
