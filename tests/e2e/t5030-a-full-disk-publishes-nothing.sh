#!/usr/bin/env bash
# Where the disk is full a run says so, nothing half-written gets a name, and
# with room again the same run goes on from what was kept.
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/disk.sh
. "$tests/e2e/disk.sh" 8

git init -q "$work/repo"
cd "$work/repo"
git config sluice.store "$disk/store"
# 0.3 MB, 0.6 MB, ... 4.5 MB that share no part: 36 MB do not fit
for i in $(seq 15); do
	write "T$i.sql" <<E2
-- @include action/sql/sqlite
-- @ordered
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
WHERE i < $((i * 10000))) SELECT i * $i + 123456789012345678 AS x,
'node $i' AS name FROM n
E2
done
commit many >/dev/null
rc=0
said=$(sluice run 2>&1) || rc=$?
is "$rc" 4 "the status of a run without room"
has "$said" "No space left on device" "why"
has "$said" "make room" "what to do"

# all that has a name has its bytes
out=$(sluice store fsck --json)
is "$(jq -c '[.damaged, .quarantine, .strangers]' <<<"$out")" "[[],0,0]" \
	"the store after a full disk"
kept=$(jq .results <<<"$out")

mount -t tmpfs -o remount,size=200m none "$disk"
out=$(sluice run --json 2>/dev/null)
is "$(jq -r .status <<<"$out")" success "with room again"
computed=$(jq .counts.computed <<<"$out")
[ "$computed" -le 15 ] || fail "computed $computed"
is "$(sluice verify --json | jq -c '[.nodes, .rows, .problems]')" \
	"[15,1200000,[]]" "all tables"
echo "kept $kept results, computed $computed"
