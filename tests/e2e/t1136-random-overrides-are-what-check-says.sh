#!/usr/bin/env bash
# Random overrides in SQL: what `check` says of each is what is so when the same
# texts are run: a reader that is told to lack a column fails, and whose table
# has all is not told; a type that is told is the one that came out, and with
# DuckDB, which knows all its types, none that differs is passed over.
# SEEDS="1 2 3" EACH=40 for more.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_duckdb
for seed in ${SEEDS:-3}; do
	mkdir "$work/$seed" && cd "$work/$seed"
	python3 "$tests/e2e/random_overrides.py" "$seed" "${EACH:-20}" "$duckdb" ||
		fail "seed $seed"
done
