#!/usr/bin/env bash
# What DuckDB spills finds no room: that is the disk's fault, not the node's. It
# is told so, not remembered, and with room again the node is computed.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/disk.sh
. "$tests/e2e/disk.sh" 400
need_duckdb

git init -q "$work/repo"
cd "$work/repo"
git config sluice.store "$disk/store"
git config sluice.duckdb "$duckdb"
write Sorted.sql <<'E2'
-- @include action/sql/duckdb
-- @memory 100MiB
SELECT count(*) AS n FROM (
  SELECT k FROM (SELECT hash(i)::VARCHAR || repeat('x', 60) AS k
                 FROM range(1500000) t(i)) ORDER BY k LIMIT 1400000)
E2
commit 'more than its memory' >/dev/null

fill 4m
! said=$(sluice run 2>&1) || fail "computed without room: $said"
room
has "$said" "the store's disk is full: make room there" "why"
lacks "$said" "the memory limit is reached" "why"
out=$(sluice run --json 2>/dev/null)
is "$(jq -c '[.status, .counts.computed]' <<<"$out")" '["success",1]' \
	"with room again"

# what needs more than its memory may be is its own fault, whatever room there is
write Large.sql <<'E2'
-- @include action/sql/duckdb
-- @memory 20MiB
SELECT length(string_agg(repeat('x', 1000), '')) AS n FROM range(100000)
E2
! said=$(sluice run Large 2>&1) || fail "computed: $said"
has "$said" "the memory limit is reached (@memory)" "a node too large"
