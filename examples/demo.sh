#!/usr/bin/env bash
# demo.sh: the main job, shown: two clinics, a push, a branch that changes one
# mapping and one override, its report and status, and a merge that computes
# nothing. Everything happens in a temporary directory; no network is used.
set -euo pipefail
cd "$(dirname "$0")/.."
top=$PWD
export PATH="$top/build:$PATH"
work=$(mktemp -d "${TMPDIR:-/tmp}/sluice-demo.XXXXXX")
pids=()
finish() {
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	chmod -R u+w "$work" 2>/dev/null || true
	if [ -n "${KEEP:-}" ]; then echo "kept: $work"; else rm -rf "$work"; fi
}
trap finish EXIT
unset "${!GIT_@}"
export HOME=$work GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8
git config --global user.name "Ann Analyst"
git config --global user.email ann@example.org
git config --global init.defaultBranch main
git config --global advice.detachedHead false

say() { printf '\n== %s\n\n' "$*"; }
show() {
	printf '$ %s\n' "$*"
	"$@" 2>&1 | sed 's/^/  /'
}
wait_for() {
	local end=$((SECONDS + 100))
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || {
			echo "demo: never came true: $*; the runner said:" >&2
			tail -n 20 "$work/runner.log" >&2
			exit 1
		}
		sleep 0.1
	done
}
# final COMMIT: the forge has a final status of it
final() { python3 "$top/examples/statuses.py" "$work/forge.log" "$1" --final; }

say "A git server: a bare repository, the hook, a forge that takes statuses, the runner"
bare=$work/pipeline.git
git init -q --bare "$bare"
show sluice install "$bare"
python3 "$top/tests/e2e/forge.py" --log "$work/forge.log" >"$work/forge.port" &
pids+=("$!")
wait_for test -s "$work/forge.port"
echo demo-token >"$work/token"
git -C "$bare" config sluice.forge.url "http://127.0.0.1:$(head -n 1 "$work/forge.port")/repos/clinic/data"
git -C "$bare" config sluice.forge.tokenFile "$work/token"
git -C "$bare" config sluice.report.url "https://reports.example.org/%s"
sluice runner "$bare" 2>"$work/runner.log" &
pids+=("$!")
wait_for test -S "$bare/sluice/runner/socket"

say "The analyst's clone: the oncology example, checked and pushed to main"
git clone -q "$bare" "$work/desk" 2>/dev/null
cd "$work/desk"
cp -r "$top/examples/oncology/." .
git add -A
git commit -q -m "two clinics"
show sluice check
show git push origin main
main=$(git rev-parse HEAD)
wait_for final "$main"
git fetch -q origin 'refs/sluice/*:refs/sluice/*' 'refs/notes/*:refs/notes/*'
show git log -1 --notes=sluice --format='%s%n%N' main
printf '$ %s\n' "the statuses the forge received"
python3 "$top/examples/statuses.py" "$work/forge.log" "$main" | sed 's/^/  /'
(cd "$bare" && show sluice show /terminology/LabCoverage)

say "A branch is an experiment: one mapping (albumin in CSF) and one override (clinic B)"
git checkout -q -b experiment/albumin
echo '51777,1746-7,"Albumin, CSF: the reviewers code is not a LOINC code"' >>terminology/LocalMap.csv
sed -i 's/^FROM p$/FROM p\nWHERE dose_cgy > 0  -- placeholders without a dose/' ClinicB/Prescription.sql
git commit -qam "albumin in CSF is 1746-7; clinic B: no prescriptions without a dose"
show git diff --stat main
show sluice plan main
show git push origin experiment/albumin
branch=$(git rev-parse HEAD)
wait_for final "$branch"

say "What was recomputed, what reused, and the difference in words"
(cd "$bare" && show sluice report experiment/albumin)
git fetch -q origin '+refs/sluice/*:refs/sluice/*' '+refs/notes/*:refs/notes/*'
show git log -1 --notes=sluice --format='%s%n%N' experiment/albumin
(cd "$bare" && show sluice diff main..experiment/albumin)
printf '$ %s\n' "the statuses the forge received"
python3 "$top/examples/statuses.py" "$work/forge.log" "$branch" | sed 's/^/  /'

say "Merge: production becomes what was reviewed, and nothing is computed"
git checkout -q main
git merge -q --no-ff -m "merge experiment/albumin" experiment/albumin
show git push origin main
merge=$(git rev-parse HEAD)
wait_for final "$merge"
python3 "$top/examples/statuses.py" "$work/forge.log" "$merge" | sed 's/^/  /'
computed=$(git -C "$bare" show refs/sluice/runs/main:run.json |
	python3 -c 'import json, sys; r = json.load(sys.stdin); print(sum(n["status"] == "computed" for n in (r["nodes"].values() if isinstance(r["nodes"], dict) else r["nodes"])))')
echo "  nodes that the merge computed: $computed"
[ "$computed" = 0 ] || exit 1
echo
echo "demo: done"
