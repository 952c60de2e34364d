#!/usr/bin/env bash
# gc without a grace age, again and again while runs are at work: it refuses,
# or the run waits for it; no run fails and the store is whole.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
for i in $(seq 12); do
	printf 'a\n%d\n' "$i" | write "r/T$i.csv"
	write "r/S$i.sql" <<E
-- @include action/sql/sqlite
-- @depend ./T$i as t
SELECT a + 0 AS s FROM t
E
done
commit one >/dev/null
refused=0
for round in $(seq 6); do
	sed -i "s/a + [0-9]*/a + $round/" r/S*.sql
	sluice run >"$work/run" 2>&1 &
	run=$!
	while kill -0 "$run" 2>/dev/null; do
		sluice store gc --grace 0 >/dev/null 2>"$work/gc" && continue
		has "$(cat "$work/gc")" "a run is at work in this store" "gc says why"
		refused=$((refused + 1))
	done
	wait "$run" || fail "run $round: $(tail -n 3 "$work/run")"
	is "$(sluice get r/S3 | tail -n 1)" "$((3 + round))" "round $round"
done
[ "$refused" -gt 0 ] || skip "no gc met a run"
has "$(sluice store fsck)" " 0 damaged" "the store"
sluice store gc --grace 0 >/dev/null || fail "gc where nothing runs"
has "$(sluice verify)" " 0 problems" "what the last run made"
