#!/usr/bin/env bash
# git's housekeeping goes round and round while runs are published: gc and
# prune that keep nothing unreachable, repack, pack-refs. No run fails, no
# object, ref or note is lost, and git never finds a hole.
. "$(dirname "$0")/lib.sh"
branches=${BRANCHES:-16}

SANDBOX=none make_bare template
make_clone
example
commit 'four nodes' >/dev/null
for ((i = 1; i <= branches; i++)); do
	git checkout -q -b "b$i" main
	sed -i "s/< [0-9.]*/< 3.$i/" ClinicA/Low.sql
	commit "branch $i" >/dev/null
done
git push -q origin --all 2>/dev/null
template=$bare

# keep NAME COMMAND...: again and again, until $work/NAME.stop is there; what
# goes wrong with it is in NAME.err, NAME.n has a line a round
keep() {
	local name=$1
	shift
	while [ ! -e "$work/$name.stop" ]; do
		git -C "$bare" "$@" >/dev/null 2>>"$work/$name.err" || true
		echo >>"$work/$name.n"
	done
}
rounds() { cat "$work/$1.n" 2>/dev/null | wc -l; }
went_round() { [ "$(rounds "$1")" -gt 1 ]; }

try() { # NAME COMMAND...
	local name=$1 branch
	bare=$work/$name.git
	cp -a "$template" "$bare"
	: >"$work/$name.err"
	keep "$@" &
	started+=("$!")
	wait_for 30 went_round "$name"
	run_once
	: >"$work/$name.stop"
	wait "${started[-1]}"
	is "$(requests | awk '{ print $3, $4 }' | sort | uniq -c | xargs)" \
		"$((branches + 1)) done success" "$name: requests"
	is "$(sqlite3 "$bare/sluice/runner/run.db" 'SELECT max(attempts) FROM request')" \
		1 "$name: attempts"
	git -C "$bare" fsck --connectivity-only >"$work/out" 2>&1 ||
		fail "$name: fsck: $(cat "$work/out")"
	lacks "$(cat "$work/out")" missing "$name: fsck"
	for branch in $(git -C "$bare" for-each-ref --format='%(refname:lstrip=2)' refs/heads); do
		is "$(run_of "$branch" run.json | jq -r .branch)" "$branch" "$name: the run"
		has "$(note_of "refs/heads/$branch")" '4 nodes' "$name: the note of $branch"
	done
	# a hole that it met for a moment would be there, too
	lacks "$(cat "$work/$name.err")" 'bad ' "$name: what git says"
	lacks "$(cat "$work/$name.err")" 'missing' "$name: what git says"
	lacks "$(cat "$work/$name.err")" 'valid object' "$name: what git says"
	echo "$name: $(rounds "$name") rounds"
}
try gc gc -q --prune=now
try prune prune --expire=now
try repack repack -adq
try refs pack-refs --all

# what it wrote is few packs, not one a run; none is kept from the next gc
is "$(find "$bare/objects/pack" -name '*.keep' | wc -l)" 0 'packs that are kept'
packs=$(find "$bare/objects/pack" -name '*.pack' | wc -l)
[ "$packs" -lt "$branches" ] || fail "$packs packs of $branches runs"
git -C "$bare" gc -q --prune=now
is "$(find "$bare/objects/pack" -name '*.pack' | wc -l)" 1 'packs after a gc'

# and a runner that is resident goes on
start_runner
cd "$clone"
git checkout -q -b last main
sed -i 's/< [0-9.]*/< 4.9/' ClinicA/Low.sql
last=$(commit 'while it is kept')
keep again repack -adq &
started+=("$!")
git push -q "$bare" last 2>/dev/null
ran() { requests | grep -q "last $last done success"; }
wait_for 60 ran
: >"$work/again.stop"
wait "${started[-1]}"
is "$(run_of last run.json | jq -r .commit)" "$last" 'resident'
