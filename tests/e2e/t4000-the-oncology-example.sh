#!/usr/bin/env bash
# The example's answers, cell by cell, against Python that reads the raw files.
. "$(dirname "$0")/lib.sh"

cp -r "$tests/../examples/oncology" "$work/p"
cd "$work/p"
git init -q
commit example >/dev/null
sluice check >"$work/out" 2>&1 || fail "check: $(cat "$work/out")"
sluice run >"$work/out" 2>&1 || fail "run: $(cat "$work/out")"
for node in ClinicA/Treatment ClinicB/Treatment ClinicA/DosePerFraction ClinicB/DosePerFraction \
	ClinicA/BeamsByMonth ClinicB/DoseBySite terminology/LabCoverage report/StateByClinic \
	terminology/Albumin ClinicB/Patient; do
	sluice get "/$node" >"$work/$(echo "$node" | tr / _).csv" || fail "get $node"
done
/usr/bin/python3 "$tests/e2e/oncology_answers.py" "$work" || fail "answers differ"
