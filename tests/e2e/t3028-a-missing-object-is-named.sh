#!/usr/bin/env bash
# A repository that lost an object: whoever needs it is told which, on the desk
# and by the runner, and the run is done once the object is there again.
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
write Clinic/One.sql <<'E2'
-- @include action/sql/sqlite
SELECT 1 AS n
E2
commit one >/dev/null
push main
tree=$(git rev-parse HEAD:Clinic)
object=$bare/objects/${tree:0:2}/${tree:2}
mv "$object" "$work/lost"

export HOME=$work/bare-home # what is looked up there is no reason
rc=0
said=$(cd "$bare" && sluice plan main 2>&1) || rc=$?
is "$rc" 4 "the status of a plan: $said"
has "$said" "Clinic: object not found" "what is missing"
has "$said" "$tree" "its name"
sluice runner --once "$bare" 2>/dev/null || true
has "$(cd "$bare" && sluice report main)" "$tree" "the report of the run"

mv "$work/lost" "$object"
(cd "$bare" && sluice retry main) >/dev/null
sluice runner --once "$bare" 2>/dev/null
is "$(cd "$bare" && sluice verify main --json | jq .nodes)" 1 "with the object"
