#!/usr/bin/env bash
# demo.sh: the main job, shown: two clinics, a push, a branch that changes one
# mapping, one that breaks a key, two that are well alone and
# not together; at the end the first one's comment and statuses, its merge, which
# computes nothing, and what production serves. Everything happens in a temporary
# directory; no network is used.
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
# final COMMIT [CONTEXT...]: the forge has final statuses of it
final() { python3 "$top/examples/statuses.py" "$work/forge.log" "$1" --final "${@:2}"; }
statuses() { # COMMIT
	printf '$ %s\n' "the statuses the forge shows"
	python3 "$top/examples/statuses.py" "$work/forge.log" "$1" | sed 's/^/  /'
}
branch() { # NAME PATCH: a branch of main with the change of examples/branches, pushed
	git checkout -q -b "$1" main
	git apply "$top/examples/branches/$2.patch"
	git add -A
	git commit -qm "$2"
	show git diff --stat main
	show git push origin "$1"
	wait_for final "$(git rev-parse HEAD)" sluice/run sluice/promote
}

say "A git server: a bare repository, the hook, a forge that takes statuses, the runner"
bare=$work/pipeline.git
git init -q --bare "$bare"
show sluice install "$bare"
echo '1 open experiment/albumin' >"$work/pulls" # a pull request, once it is pushed
python3 "$top/tests/e2e/forge.py" --log "$work/forge.log" --repo "$bare" \
	--pulls "$work/pulls" >"$work/forge.port" &
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
statuses "$main"
(cd "$bare" && show sluice show /terminology/LabCoverage)

say "A branch is an experiment: one mapping (albumin in CSF)"
git checkout -q -b experiment/albumin
git apply "$top/examples/branches/changes-a-mapping.patch"
git commit -qam "albumin in CSF is 1746-7"
show git diff --stat main
show sluice plan main
show git push origin experiment/albumin
albumin=$(git rev-parse HEAD)
wait_for final "$albumin" sluice/run sluice/promote

say "What was recomputed, what reused, and the difference in words"
(cd "$bare" && show sluice report experiment/albumin)
git fetch -q origin '+refs/sluice/*:refs/sluice/*' '+refs/notes/*:refs/notes/*'
show git log -1 --notes=sluice --format='%s%n%N' experiment/albumin
(cd "$bare" && show sluice diff main..experiment/albumin)

say "A branch that breaks a key: its tables are there to look at, production would not take them"
branch experiment/site-of-patient breaks-a-key
(cd "$bare" && show sluice report experiment/site-of-patient | head -n 12)
show sluice test ClinicA/Patient --rows -n 4 || true
statuses "$(git rev-parse HEAD)"

say "Two branches, each well: the library counts techniques, clinic B drops that column"
branch experiment/techniques counts-techniques
branch experiment/no-technique drops-a-column
dropped=$(git rev-parse HEAD)
statuses "$dropped"
git checkout -q main
git merge -q --no-ff -m "merge experiment/techniques" experiment/techniques
show git push origin main
wait_for final "$(git rev-parse HEAD)" sluice/run
echo "  together they are not, and that is said before anybody merges:"
is_told() { python3 "$top/examples/statuses.py" "$work/forge.log" "$dropped" | grep -q 'text of the merge has'; }
wait_for is_told
statuses "$dropped"
git merge -q --no-commit --no-ff experiment/no-technique >/dev/null 2>&1
show sluice check || true
git merge --abort

say "What the reviewer of experiment/albumin sees"
has_comment() { python3 "$top/examples/statuses.py" "$work/forge.log" --comment >"$work/comment"; }
wait_for has_comment
echo "the pull request's comment:"
sed 's/^/  /' "$work/comment"
wait_for final "$albumin" sluice/run sluice/promote
statuses "$albumin"

say "Merge: production becomes what was reviewed, and nothing is computed"
git merge -q --no-ff -m "merge experiment/albumin" experiment/albumin
show git push origin main
merge=$(git rev-parse HEAD)
wait_for final "$merge" sluice/run sluice/promote
statuses "$merge"
computed=$(git -C "$bare" show refs/sluice/runs/main:run.json |
	python3 -c 'import json, sys; r = json.load(sys.stdin); print(sum(n["status"] == "computed" for n in (r["nodes"].values() if isinstance(r["nodes"], dict) else r["nodes"])))')
echo "  nodes that the merge computed: $computed"
[ "$computed" = 0 ] || exit 1

say "What production serves: the reviewed table"
(cd "$bare" && show sluice show /terminology/Albumin --at production)
(cd "$bare" && show sluice log production)
echo
echo "demo: done"
