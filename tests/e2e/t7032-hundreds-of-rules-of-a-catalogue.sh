#!/usr/bin/env bash
# Hundreds of rules, as a public catalogue has them for a common data model: one
# a line for each column of sixteen tables and for each concept of a list, over
# data with faults of every kind (no value, no such row, twice, too early, a time
# of day). Each verdict, and how many rows, is what plain counting gives.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

python3 "$tests/e2e/catalogue_rules.py" "$work/p" "$tests/../examples/quality/rules" >"$work/want.json"
cd "$work/p"
git init -q .
rc=0
sluice test --json >"$work/got.json" 2>"$work/err" || rc=$?
is "$rc" 1 "some do not hold: $(cat "$work/err")"
jq -S '[.tests[] | {key: (.node + " " + .test), value: [.verdict, .rows]}] | from_entries' \
	"$work/got.json" >"$work/got"
jq -S . "$work/want.json" >"$work/want"
diff -u "$work/want" "$work/got" >"$work/differ" || fail "$(cat "$work/differ")"
[ "$(jq length "$work/want")" -ge 374 ] || fail 'fewer than the catalogue has'
for verdict in ok failed; do
	[ "$(jq --arg v "$verdict" '[.[][0] | select(. == $v)] | length' "$work/want")" -gt 100 ] ||
		fail "few are $verdict"
done
