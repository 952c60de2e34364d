#!/usr/bin/env bash
# A run recalls what the run before found out of nodes that are as they were
# (derived/recall). It must not recall what the store has lost, what is damaged,
# or what asked for the date; and what it recalls gives the manifest that a run
# without it gives.
. "$(dirname "$0")/lib.sh"
mkdir "$work/p" && cd "$work/p" && git init -q
store=.git/sluice
printf 'id,v\n1,10\n2,20\n' >base.csv
write A.sql <<E
-- @include action/sql/sqlite
-- @depend ./base as b
SELECT id, v + 1 AS v FROM b
E
write B.sql <<E
-- @include action/sql/sqlite
-- @depend ./A as a
SELECT id FROM a
E
write C.sql <<E
-- @include action/sql/sqlite
-- @depend ./B as b
SELECT count(*) AS n FROM b
E
write Today.sql <<E
-- @include action/sql/sqlite
-- @depend ./B as b
SELECT id, date('now') AS d FROM b
E
commit "five nodes" >/dev/null

run() { sluice run --json >"$work/run.json" 2>/dev/null; }
did() { jq -r '[.nodes[] | select(.status == "computed") | .node] | join(" ")' "$work/run.json"; }
manifest() { jq -r .manifest "$work/run.json"; }
file() { echo "$store/$1/${2:0:2}/${2:2}"; }
of() { jq -r --arg node "$1" ".nodes[] | select(.node == \$node).$2" "$work/run.json"; }

run
is "$(did)" "A B C Today base" "the first run"
first=$(manifest)
run
is "$(did)" "" "nothing to do"
is "$(manifest)" "$first" "the same manifest"
find "$store/derived/recall" -type f | grep -q . || fail "nothing to recall was kept"

# the long way gives the same
rm -r "$store/derived/recall"
run
is "$(did)" "" "nothing to do without it"
is "$(manifest)" "$first" "the same manifest without it"
find "$store/derived/recall" -type f -exec truncate -s 100 {} +
run
is "$(did)" "" "nothing to do where it is damaged"
is "$(manifest)" "$first" "the same manifest where it is damaged"

# who reads no column that changed has a new outline and the old key
sed -i 's/v + 1/v + 2/' A.sql
run
is "$(did)" "A" "an edit"
sed -i 's/v + 2/v + 1/' A.sql
run
is "$(did)" "" "and back"
is "$(manifest)" "$first" "the first manifest"

# what the store has lost is computed again
run
rm -f "$(file blobs "$(of B table)")"
run
is "$(did)" "B" "a lost table"
is "$(manifest)" "$first" "the same table"
rm -f "$(file results "$(of C key)")"
run
is "$(did)" "C" "a lost result"
rm -f "$(file blobs "$(of C key)")"
run
[ -e "$(file blobs "$(of C key)")" ] || fail "the key's document is put back"
is "$(manifest)" "$first" "the same manifest after losses"
chmod u+w "$(file results "$(of C key)")"
echo x >>"$(file results "$(of C key)")"
run
is "$(did)" "C" "a damaged result"
is "$(manifest)" "$first" "the same manifest after damage"
