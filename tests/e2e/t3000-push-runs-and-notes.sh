#!/usr/bin/env bash
# A push is queued, run once, and told: a run commit with manifest, record and
# report, a note on the commit, production, a status of each commit.
. "$(dirname "$0")/lib.sh"

make_bare
start_forge
git -C "$bare" config sluice.forge.url "$forge_url"
git -C "$bare" config sluice.report.url 'https://reports.example.org/%s'
echo s3cret >"$work/token"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
make_clone
example
main=$(commit 'four nodes')
push main
has "$(cat "$work/pushed")" 'sluice: queued' 'what the pusher sees'

run_once
is "$(requests)" "main $main done success" 'the request'
is "$(runs_of main)" 1 'runs of main'
tree=$(git rev-parse "$main^{tree}")
run_of main manifest.json >"$work/manifest.json"
run_of main run.json >"$work/run.json"
python3 - "$work" "$tree" "$main" <<'E'
import json, sys
work, tree, commit = sys.argv[1:]
m = json.load(open(work + "/manifest.json"))
r = json.load(open(work + "/run.json"))
nodes = m["nodes"]
assert m["format"] == "sluice-manifest/1" and m["tree"] == tree, m
assert sorted(nodes) == ["ClinicA/Count", "ClinicA/Low", "ClinicA/Patient",
                         "ClinicB/Total"], sorted(nodes)
assert all(n["state"] == "ok" for n in nodes.values()), nodes
assert {k: n["rows"] for k, n in nodes.items()} == {
    "ClinicA/Count": 1, "ClinicA/Low": 2, "ClinicA/Patient": 3,
    "ClinicB/Total": 1}, nodes
assert m["snapshot_date"] == "2026-11-20", m["snapshot_date"]
assert r["commit"] == commit and r["branch"] == "main", r
assert r["user"], r
E
has "$(run_of main report.md)" '4 nodes' 'the report'
has "$(note_of "$main")" '4 nodes' 'the note'
has "$(git -C "$bare" log -1 --notes=sluice main)" '4 nodes' 'git log'
is "$(git -C "$bare" show refs/sluice/production:manifest.json | sha256sum)" \
	"$(sha256sum <"$work/manifest.json")" 'production is the run of main'
is "$(ends_of "$main")" 'success' 'the statuses of main'
grep -q "https://reports.example.org/$main" "$forge_log" ||
	fail 'the status leads to the report'
lacks "$(cat "$forge_log")" 00123 'no value of data leaves'
lacks "$(cat "$forge_log")" s3cret 'the token is not told'

# nothing is left: another round does nothing
run_once
is "$(runs_of main)" 1 'runs of main after another round'

# a branch is compared with its merge base
git checkout -q -b exp/albumin
sed -i 's/3.5/3.0/' ClinicA/Low.sql
exp=$(commit 'lower')
push exp/albumin
run_once
run_of exp/albumin run.json >"$work/run.json"
python3 - "$work/run.json" "$main" "$exp" "$(sha256sum <"$work/manifest.json" | cut -d' ' -f1)" <<'E'
import json, sys
r = json.load(open(sys.argv[1]))
assert r["base"] == sys.argv[2] and r["commit"] == sys.argv[3], r
assert r["base_manifest"] == sys.argv[4], r
status = {k: n["status"] for k, n in r["nodes"].items()} \
    if isinstance(r["nodes"], dict) else {n["path"]: n["status"] for n in r["nodes"]}
assert status["ClinicA/Patient"] == "reused", status
assert status["ClinicA/Low"] == "computed", status
E
has "$(note_of exp/albumin)" 'ClinicA/Low' 'the note names the table'
is "$(ends_of "$exp")" 'success' 'the statuses of exp'
has "$(git -C "$bare" log -1 --format=%s refs/sluice/production)" \
	"${main:0:12}" 'production is still the run of main'

# a node fails: failure, what does not read it runs all the same
echo 'SELECT no_such FROM Low' | cat <(printf '%s\n' \
	'-- @include action/sql/sqlite' '-- @depend ./Low') - >ClinicA/Count.sql
bad=$(commit 'broken')
push exp/albumin
run_once
is "$(ends_of "$bad")" 'failure' 'the statuses of the broken one'
is "$(requests | tail -n 1)" "exp/albumin $bad done failure" 'the request'
has "$(note_of "$bad")" 'ClinicA/Count' 'the note names the node'

# the text has errors: nothing is run, the place is told
printf '%s\n' '-- @include action/sql/sqlite' '-- @depnd ./Low' 'SELECT 1' \
	>ClinicA/Count.sql
wrong=$(commit 'a slip of the pen')
push exp/albumin
run_once
is "$(statuses_of "$wrong")" 'failure' 'the status of a text with errors'
has "$(note_of "$wrong")" 'ClinicA/Count.sql:2' 'the note has the place'
git -C "$bare" cat-file -e refs/sluice/runs/exp/albumin:manifest.json 2>/dev/null &&
	fail 'a manifest of what was not run'

# tags, notes and our own refs are nothing to run
git tag v1 && push v1
lacks "$(cat "$work/pushed")" sluice: 'a tag is not ours'
n=$(requests | wc -l)
run_once
is "$(requests | wc -l)" "$n" 'requests after a tag'
git push -q origin HEAD:refs/sluice/production 2>/dev/null &&
	fail 'somebody else pushed to refs/sluice'

# a deleted branch makes way, its runs are kept
id=$(git -C "$bare" rev-parse refs/sluice/runs/exp/albumin)
push :exp/albumin
git checkout -q main
git branch -q -D exp/albumin
git checkout -q -b exp
push exp
run_once
is "$(git -C "$bare" rev-parse "refs/sluice/deleted/exp/albumin/$id")" "$id" \
	'runs of a deleted branch'
is "$(runs_of exp)" 1 'runs of exp'
