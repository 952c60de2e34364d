#!/usr/bin/env bash
# Random tables and random edits: what `sluice diff` says of rows, keys, columns
# and their values is what tests/e2e/diff_oracle.py counts by other means. One
# seed a day, so that it is another one each day and the same one all day; a
# first one never changes. SEED=N repeats one.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

oracle=$tests/e2e/diff_oracle.py
for seed in ${SEED:-first $(date +%Y%m%d)}; do
	make_bare "bare-$seed"
	make_clone "desk-$seed"
	python3 "$oracle" make "$seed" .
	commit before >/dev/null
	sluice run >/dev/null 2>&1 || fail "$(sluice run 2>&1)"
	python3 "$oracle" edit "$seed" .
	sluice run >/dev/null 2>&1 || fail "$(sluice run 2>&1)"
	sluice diff --json >"$work/$seed.json"
	out=$(python3 "$oracle" check "$seed" "$work/$seed.json" 2>&1) || fail "$out"
	# the same words and bytes the second time, when statistics are known
	is "$(sluice diff --json | sha256sum)" "$(sha256sum <"$work/$seed.json")" 'again'
done
