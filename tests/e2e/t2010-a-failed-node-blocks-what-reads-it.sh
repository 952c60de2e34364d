#!/usr/bin/env bash
# A failed node blocks its descendants and nothing else; the failure is said
# with the line of the user's file, is remembered, and a mended file runs.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
write A.csv <<'E'
id,v
1,10
2,20
E
write Bad.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./A

SELECT id,
       w FROM A
E
write Below.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Bad as b
-- @depend ./A as a
SELECT count(*) AS n FROM b, a
E
write Lower.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Below as b
SELECT n FROM b
E
write Beside.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./A
SELECT sum(v) AS v FROM A
E
write Fails.sh <<'E'
# @include action/bash
# @depend ./A
echo "reading in/A.csv"
exit 7
E
code=0
sluice run --json >"$work/run.json" || code=$?
is "$code" 1 "the exit status"
states() { jq -r '[.nodes[] | .node + ":" + .status] | join(" ")' "$work/run.json"; }
is "$(states)" "A:computed Bad:failed Below:blocked Beside:computed Fails:failed Lower:blocked" "states"
out=$(sluice run 2>"$work/log" || true)
has "$out" "Bad.sql:5:8" "the line of the user's file"
has "$out" "no such column: w" "the reason"
has "$(sluice show Fails --log)" "reading in/A.csv" "the log of a failed command"
sluice run --json >"$work/run.json" || true
has "$(jq -r '.nodes[] | select(.node == "Bad").cause' "$work/run.json")" "sluice retry" "a failure is remembered"
# what it depends on beside its key was mended: only a retry sees it
git config sluice.sandbox none
cat >Flaky.sh <<E
# @include action/bash
[ -e '$work/mended' ] && echo n >out.csv
E
sluice run Flaky >/dev/null 2>&1 && fail "it fails"
: >"$work/mended"
sluice run Flaky >/dev/null 2>&1 && fail "a failure is remembered"
sluice retry /Flaky >/dev/null 2>&1 || fail "retry at a desk"
is "$(sluice get Flaky)" n "what the retry made"
git config --unset sluice.sandbox
rm Flaky.sh
sed -i 's/w FROM/v FROM/' Bad.sql && sed -i 's/exit 7/cp in\/A.csv out.csv/' Fails.sh
sluice run --json >"$work/run.json" || fail "mended: $(cat "$work/run.json")"
is "$(states)" "A:reused Bad:computed Below:computed Beside:reused Fails:computed Lower:computed" "mended"
is "$(sluice get Lower)" "$(printf 'n\n4\n')" "the answer"
