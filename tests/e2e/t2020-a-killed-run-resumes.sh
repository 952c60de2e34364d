#!/usr/bin/env bash
# A run that is killed at any moment leaves a sound store, and the next one
# goes on from there; two runs at once share work and harm nothing.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
echo "id" >N00.csv
seq 1 50 >>N00.csv
for i in $(seq 1 40); do
	printf -- '-- @include action/sql/sqlite\n-- @depend ./N%02d as n\nSELECT id + 1 AS id FROM n\n' $((i - 1)) >"N$(printf %02d "$i").sql"
done
reference=$(sluice run --json 2>/dev/null | jq -r .manifest)
[ -n "$reference" ] || fail "no manifest"

# kill -9 after 1, 3, 7 ... nodes have been told
for k in 1 3 7 12 20 33; do
	rm -rf .git/sluice
	mkfifo "$work/told.$k"
	sluice run --jobs 2 2>"$work/told.$k" >/dev/null &
	pid=$!
	head -n "$k" "$work/told.$k" >/dev/null || true
	kill -9 "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	sluice store fsck >"$work/fsck" 2>&1 || fail "after $k nodes: $(cat "$work/fsck")"
	sluice run --json 2>/dev/null >"$work/run.json" || fail "does not go on after $k"
	is "$(jq -r .manifest "$work/run.json")" "$reference" "the manifest after a kill at $k"
	[ "$(jq -r .counts.reused "$work/run.json")" -ge $((k - 1)) ] || fail "nothing was reused after $k"
done

# two at once
rm -rf .git/sluice
sluice run --json 2>/dev/null >"$work/one.json" &
sluice run --json 2>/dev/null >"$work/two.json"
wait
is "$(jq -r .manifest "$work/one.json")" "$reference" "the one"
is "$(jq -r .manifest "$work/two.json")" "$reference" "the other"
is "$(jq -n --slurpfile a "$work/one.json" --slurpfile b "$work/two.json" '$a[0].counts.computed + $b[0].counts.computed')" 41 "each node was computed once by the two"

# what a killed run left of a job (its inputs, in the clear) goes with the next
mkdir "$work/left" && cd "$work/left"
git init -q .
git config sluice.sandbox none
printf 'id\n1\n' >T.csv
printf '%s\n' '# @include action/bash' '# @depend ./T as t' \
	'mkdir shut && chmod 0 shut' "echo \$\$ >'$work/job'" 'sleep 600' >Slow.sh
sluice run >/dev/null 2>&1 &
pid=$!
wait_for 20 test -s "$work/job"
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
gone() { ! kill -0 "$(cat "$work/job")" 2>/dev/null; }
wait_for 20 gone
[ -n "$(ls .git/sluice/tmp/jobs)" ] || fail 'no job was killed'
git rm -q --cached Slow.sh 2>/dev/null || true
rm Slow.sh
sluice run >/dev/null 2>&1
is "$(ls .git/sluice/tmp/jobs)" '' 'what the next run leaves'
