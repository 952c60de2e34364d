#!/usr/bin/env bash
# run.sh: the report's pages in headless Chromium (page.mjs): golden ones, and
# those of the example as a reviewer gets them. Pages and pictures of them are
# left in build/browser/pages, to be looked at.
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${BUILD:=$PWD/build/release}"
B=$PWD/build/browser
here=$PWD
mkdir -p "$B"
rm -rf "$B/pages"
mkdir "$B/pages"
for case in tests/cases/report/*/; do
	cp "$case/html" "$B/pages/golden-$(basename "$case").html"
done

# A branch of the example that changes one library, breaks another, and takes
# a delivered table away.
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
unset "${!GIT_@}"
export HOME=$work PATH="$BUILD:$PATH" GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8
git config --global user.name Ann
git config --global user.email ann@example.org
cp -r examples/oncology "$work/desk"
cd "$work/desk"
git init -q -b main
git add -A
git commit -qm 'two clinics'
sluice run --jobs 2 2>/dev/null
echo 'AND Dose_Ttl > 100' >>common/mosaiq/Prescription.sql
sed -i 's/^import csv$/import csv, nothere/' common/mosaiq/DosePerFraction.py
git rm -q report/StateByClinic.sql
git commit -qam 'an experiment'
sluice run --jobs 2 2>/dev/null || true
sluice report --format html >"$B/pages/example.html"
sluice report --format html --outside >"$B/pages/example-outside.html"
grep -q 'nothere' "$B/pages/example.html" || {
	echo 'the example does not fail as it should' >&2
	exit 1
}

cd "$here"
cp tests/browser/package.json tests/browser/package-lock.json \
	tests/browser/.npmrc "$B/"
[ -d "$B/node_modules/playwright-core" ] || npm --prefix "$B" ci --silent
BROWSER_MODULES=$B node tests/browser/page.mjs "$B"/pages/*.html
