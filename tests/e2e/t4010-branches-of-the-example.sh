#!/usr/bin/env bash
# The changes of examples/branches: a mapping changes the tables that Python
# says, cell by cell; a broken key is counted as Python counts it, and the
# tables below are there; two that are well alone are not together.
. "$(dirname "$0")/lib.sh"

cp -r "$tests/../examples/oncology" "$work/p"
cd "$work/p"
git init -q
commit example >/dev/null
run() { sluice run >"$work/out" 2>&1; }
change() { git apply "$tests/../examples/branches/$1.patch" || fail "$1 does not apply"; }
run || fail "run: $(cat "$work/out")"

change changes-a-mapping
run || fail "a mapping: $(cat "$work/out")"
has "$(cat "$work/out")" '4 computed, 28 reused' 'what it touches: the map, LabLoinc, Albumin, LabCoverage and no more'
for node in ClinicA/Treatment ClinicB/Treatment ClinicA/DosePerFraction ClinicB/DosePerFraction \
	ClinicA/BeamsByMonth ClinicB/DoseBySite terminology/LabCoverage report/StateByClinic \
	terminology/Albumin ClinicB/Patient; do
	sluice get "/$node" >"$work/$(echo "$node" | tr / _).csv" || fail "get $node"
done
/usr/bin/python3 "$tests/e2e/oncology_answers.py" "$work" || fail "answers differ"
is "$(sluice diff --json HEAD | jq -c '[.tables[] | [.node, .changed, .added]]')" \
	'[["terminology/Albumin",1,0],["terminology/LabCoverage",1,0],["terminology/LabLoinc",1,0],["terminology/LocalMap",0,1]]' \
	'what differs'
git checkout -q .

change breaks-a-key
run && fail 'a broken key is well'
is "$(sluice test ClinicA/Patient ClinicB/Patient --json | jq -c '[.tests[] | select(.test == "key(patient_id)") | [.node, .rows]]')" \
	"$(/usr/bin/python3 - <<'P'
import collections, csv, json
out = []
for clinic, bar in ("ClinicA", ","), ("ClinicB", "|"):
    def raw(name, delimiter=","):
        with open("%s/raw/%s.csv" % (clinic, name), newline="") as f:
            return list(csv.DictReader(f, delimiter=delimiter))
    idents = collections.Counter(r["Pat_Id1"] for r in raw("Ident"))
    sites = collections.Counter(r["Pat_ID1"] for r in raw("Site", bar))
    n = collections.Counter()
    for p in raw("Patient"):
        born = p["Birth_DtTm"][:4]
        if born and int(born) < 1900:
            continue
        n[p["Pat_ID1"]] += max(1, idents[p["Pat_ID1"]]) * max(1, sites[p["Pat_ID1"]])
    out.append([clinic + "/Patient", sum(k for k in n.values() if k > 1)])
print(json.dumps(out, separators=(",", ":")))
P
	)" 'how many rows'
has "$(sluice get /ClinicA/Patient | head -n 1)" 'site' 'the table is there'
is "$(sluice get /report/Delivered | wc -l)" 354 'and what reads it'
git checkout -q .

for name in counts-techniques drops-a-column; do
	change "$name"
	run || fail "$name: $(cat "$work/out")"
	git stash -q -u
done
change counts-techniques
change drops-a-column
rc=0
sluice check >"$work/out" 2>&1 || rc=$?
is "$rc" 3 'together'
has "$(cat "$work/out")" 'ClinicB/Prescription.sql:7:1: there is no column technique here, which common/mosaiq/Technique.sql:5 reads' \
	'which column'
