#!/usr/bin/env bash
# verify reads all that a manifest refers to: one flipped bit is found, and the
# next run heals it; a node that is not deterministic is found by executing it
# again.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

git init -q "$work/repo"
cd "$work/repo"
example
commit one >/dev/null
sluice run 2>/dev/null
store=.git/sluice
manifest=$(sluice verify --json)
is "$(jq -c .problems <<<"$manifest")" "[]" "problems of a good store"
is "$(jq .nodes <<<"$manifest")" 4 "nodes"
# 3 patients, 2 of them low, one count, one total
is "$(jq .rows <<<"$manifest")" 7 "rows"

# every blob of the manifest, one after the other, loses one bit
id=$(jq -r .manifest <<<"$manifest")
names=$(python3 - "$store" "$id" <<'E2'
import json, re, sys
store, todo, seen = sys.argv[1], [sys.argv[2]], []
while todo:
    name = todo.pop()
    try:
        data = open(f"{store}/blobs/{name[:2]}/{name[2:]}", "rb").read()
    except FileNotFoundError:
        continue
    if name in seen:
        continue
    seen.append(name)
    if data.startswith(b'{"'):
        todo += re.findall(r'"([0-9a-f]{64})"', data.decode())
print("\n".join(seen[1:]))
E2
)
[ "$(wc -l <<<"$names")" -ge 10 ] || fail "too few blobs: $names"
for name in $names; do
	python3 - "$store/blobs/${name:0:2}/${name:2}" <<'E2'
import os, sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 4
os.unlink(sys.argv[1])
open(sys.argv[1], "wb").write(data)
E2
	rc=0
	out=$(sluice verify --json) || rc=$?
	if [ "$rc" = 0 ]; then
		# the text of an action is named by a key alone
		sluice store fsck >/dev/null 2>&1 &&
			fail "nobody found the flipped bit of $name"
	else
		is "$rc" 4 "verify of $name"
		has "$(jq -r '.problems[].id' <<<"$out")" "$name" "problems"
	fi
	sluice run >/dev/null 2>&1 || fail "run after damage of $name"
	is "$(sluice verify --json | jq -r .manifest)" "$id" \
		"the manifest after healing $name"
	is "$(sluice verify --json | jq -c .problems)" "[]" \
		"problems after healing $name"
done

# executed again: equal, and a result of the tier verified
sluice verify --rebuild >/dev/null || fail "rebuild differs"
grep -rlq '"tier":"verified"' "$store/results" || fail "no verified result"

# files that were edited since would give other tables, and no alarm
node=$(git ls-files '*.sql' | head -n 1)
echo '-- edited' >>"$node"
echo 'SELECT' >>"$node"
sluice verify --rebuild 2>"$work/err" && fail 'rebuilt from other files'
has "$(cat "$work/err")" 'have changed since' 'edited files'
