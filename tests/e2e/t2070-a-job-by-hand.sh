#!/usr/bin/env bash
# `sluice job` executes a JobSpec that is only JSON: what a run stored under a
# key gives the same table again, and a command that stands in it is enough.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work"
git init -q p
cd p

write Dose.csv <<'E'
id,dose
1,2.5
2,
E
write Total.sql <<'E'
@include action/sql/sqlite
@depend ./Dose
SELECT * FROM Dose WHERE dose > 1
E
write Upper.sh <<'E'
@include action/bash
@depend ./Dose
@key id
echo hello >&2; tr a-z A-Z <in/Dose.csv | sed 1s/.*/id,dose/ >out.csv
E
write Short.sh <<'E'
@include action/bash
@depend ./Dose

echo out of film >&2
exit 4
E
git add -A
git commit -qm "a pipeline"
sluice run --json >run.json 2>err || true

# the preimage of a node's key, and its table
key() { jq -r --arg n "$1" '.nodes[] | select(.node == $n) | .key' run.json; }
table() { jq -r --arg n "$1" '.nodes[] | select(.node == $n) | .table' run.json; }
what() {
	local k
	k=$(key "$1")
	cat ".git/sluice/blobs/${k:0:2}/${k:2}"
}

what Upper >upper.json
sluice job upper.json >out.json 2>err || fail "$(cat err)"
is "$(jq -r .table out.json)" "$(table Upper)" "the table of a command"
is "$(jq -r .status out.json)" ok "its status"
is "$(cat err)" hello "its log"

rc=0
what Short >short.json
sluice job short.json >out.json 2>err || rc=$?
is "$rc" 1 "exit status of a failed job"
is "$(jq -c '[.status, .failure, .exit]' out.json)" '["failed","exit",4]' \
	"how it failed"

# a JobSpec with its own command does not ask the pipeline
jq -c '{how: {run: "/usr/bin/mawk -f", timeout_ms: 10000}, what: .}
	| .what.body = "BEGIN { print \"n\" > \"out.csv\"; print 7 > \"out.csv\" }\n"
	| .what.contract.key = []' upper.json >awk.json
sluice job awk.json >out.json 2>err || fail "$(cat err)"
is "$(jq -r .rows out.json)" 1 "rows of another language"

# one that says no "how" is executed as the pipeline's action says
jq -c '{what: .}' upper.json >alone.json
sluice job alone.json >out.json 2>err || fail "$(cat err)"
is "$(jq -r .table out.json)" "$(table Upper)" "the table of what alone"

for no in '{"format":"sluice-table/1"}' '[]' '7' \
	"$(jq -c '{how: 1, what: .}' upper.json)"; do
	rc=0
	printf '%s\n' "$no" >no.json
	sluice job no.json >out.json 2>err || rc=$?
	is "$rc" 2 "exit status for what is not a JobSpec: ${no:0:30}"
	has "$(cat err)" "is not a JobSpec" "what is said of it"
done

# of SQL only the columns are known that it reads: words say what to do
rc=0
what Total >total.json
sluice job total.json >out.json 2>err || rc=$?
is "$rc" 2 "exit status of a job whose inputs are columns"
has "$(cat err)" "verify --rebuild" "what to do instead"

# with its table named it runs
jq -c --arg t "$(table Dose)" '.inputs = [{name: "Dose", table: $t}]' total.json >whole.json
sluice job whole.json >out.json 2>err || fail "$(cat err)"
is "$(jq -r .table out.json)" "$(table Total)" "the table of SQL"
