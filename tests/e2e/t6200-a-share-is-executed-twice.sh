#!/usr/bin/env bash
# git config sluice.verifyShare: a share of executions is done twice, the second
# in other surroundings. Equal tables are verified; else the node is unstable,
# and reports name the columns. Which they are depends on the keys alone.
. "$(dirname "$0")/lib.sh"

[ -z "${SANDBOX:-}" ] || skip "without a sandbox nothing is promised"
make_bare
make_clone

node() { # NAME ACTION CODE
	printf '# @include action/%s\n%s\n' "$2" "$3" | write "$1"
}
write Patient.csv <<'E'
id,born
1,1950-02-03
2,1961-04-05
E
write Old.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Patient
SELECT id, born < date('now', '-65 years') AS old FROM Patient
E
node Same.sh bash 'printf "n\n1\n" >out.csv'
node Today.sh bash 'printf "id,day\n1,%s\n" "$(date +%F)" >out.csv'
node Fails.sh bash 'printf "n\n1\n" >out.csv
[ "$(date +%Y)" -lt '"$(date -d '+3 days' +%Y | awk '{print $1 + 1}')"' ] || exit 7'
printf '# @include action/bash\n# @timeout 5s\n%s\n' 'printf "n\n1\n" >out.csv
[ "$(date +%Y)" -lt '"$(date -d '+3 days' +%Y | awk '{print $1 + 1}')"' ] || sleep 600' | write Slow.sh
commit all >/dev/null

# what is no share is refused, in words
for share in 2 -1 5x %5 nan 101% ''; do
	git -C "$bare" config sluice.verifyShare "$share"
	rc=0
	sluice runner --once "$bare" 2>"$work/err" || rc=$?
	is "$rc" 2 "sluice.verifyShare '$share'"
	has "$(cat "$work/err")" "git config sluice.verifyShare is '$share'; it is a share of the executions" "in words"
done

# the twice of each node, as [NODE, WORD]
twice() {
	run_of main run.json | jq -c '[.nodes | to_entries[] | select(.value.twice) | [.key, .value.twice]] | sort'
}
result() { # NODE: the file of its result
	local key
	key=$(run_of main manifest.json | jq -r ".nodes[\"$1\"].key")
	find "$bare/sluice/results" -name "${key:2}" -path "*/${key:0:2}/*"
}

git -C "$bare" config sluice.verifyShare '100 %'
push main
run_once
is "$(twice)" '[["Fails","failed"],["Old","equal"],["Same","equal"],["Slow","unknown"],["Today","differs"]]' \
	"what came of the second executions (a table in git has none)"
manifest=$(run_of main manifest.json)
is "$(jq -c '[.nodes | to_entries[] | select(.value.unstable) | {(.key): .value.differs}] | add' <<<"$manifest")" \
	'{"Fails":{"failure":"exit"},"Today":{"columns":["day"]}}' "the manifest"
is "$(jq -c '.nodes | map_values(.state) | map(select(. != "ok"))' <<<"$manifest")" '[]' "no node failed"

# the result: first table stays, the other is beside it; equal ones are verified
is "$(jq -c '.records | keys' "$(result Same)")" '["branch","verified"]' "an equal result"
is "$(jq -c '.records | keys' "$(result Old)")" '["branch","verified"]' "one that asked the clock"
is "$(jq -c '.records | keys' "$(result Today)")" '["branch"]' "an unstable one"
is "$(jq -c '.records.branch.others | map([.columns, (.table | length)])' "$(result Today)")" \
	'[[["day"],64]]' "what the other execution gave"
is "$(jq -r .records.branch.table "$(result Today)")" "$(jq -r .nodes.Today.table <<<"$manifest")" "the first stays"
is "$(jq -c '.records.branch.others | map(.failure)' "$(result Fails)")" \
	'[{"class":"exit","exit":7}]' "how the other failed"
is "$(jq -c '.records | keys' "$(result Slow)")" '["branch"]' "a time that ended says nothing"
is "$(jq -c '.records.branch.others' "$(result Slow)")" null "neither way"

# reports
report=$(cd "$bare" && sluice report main)
has "$report" "Today is unstable: two executions gave two tables; they differ in day" "the report"
has "$report" "Fails is unstable: executed twice, it failed once (exit)" "of one that failed"
has "$report" "6 computed (5 twice)" "how many"
is "$(cd "$bare" && sluice report main --format json | jq -c .attention)" \
	'[{"failure":"exit","kind":"unstable","node":"Fails"},{"columns":["day"],"kind":"unstable","node":"Today"}]' "as JSON"
has "$(cd "$bare" && sluice report main --outside)" "Today is unstable: two executions gave two tables; they differ in day" "outside"

# the next commit reuses, and knows it still
commit again >/dev/null
git push -q origin main
run_once
is "$(twice)" '[]' "nothing is executed twice a second time"
is "$(run_of main manifest.json | jq -c '.nodes.Today.differs')" '{"columns":["day"]}' "unstable still"

# a share: those whose key, as a number, is in its lower part
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	node "Many$i.sh" bash "printf 'n\n$i\n' >out.csv"
done
git -C "$bare" config sluice.verifyShare 0.4
commit many >/dev/null
git push -q origin main
run_once
wanted=$(run_of main manifest.json | python3 -c '
import json, sys
nodes = json.load(sys.stdin)["nodes"]
print(json.dumps(sorted(
    [n, "equal"] for n, v in nodes.items()
    if n.startswith("Many") and int(v["key"], 16) < 0.4 * 2**256), separators=(",", ":")))')
is "$(twice)" "$wanted" "which are chosen"
lacks " [] " " $wanted " "some are"
has "$(cd "$bare" && sluice explain "$(jq -r '.[0][0]' <<<"$wanted")" main~1..main)" \
	"executed twice: equal" "explain"
is "$(jq length <<<"$wanted" | awk '{print ($1 < 12)}')" 1 "not all are"

# the keys and the manifest are those of a server without it
git -C "$bare" config --unset sluice.verifyShare
first=$bare
make_bare other
git push -q "$bare" main
run_once
strip='.nodes | map_values(del(.unstable, .differs))'
is "$(run_of main manifest.json | jq -S "$strip | del(.Today.table)")" \
	"$(run_of main manifest.json "$first" | jq -S "$strip | del(.Today.table)")" "the keys"
is "$(twice)" '[]' "by default nothing is executed twice"
