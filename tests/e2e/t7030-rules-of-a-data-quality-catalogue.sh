#!/usr/bin/env bash
# The check types of OHDSI's DataQualityDashboard as tests of nodes, each with
# thresholds below and above the share of rows that offends: the verdicts, and
# how many rows, are those that plain counting in Python gives. The rules are
# those of examples/quality, as docs/DATA-QUALITY.md says.
. "$(dirname "$0")/lib.sh"

python3 "$tests/e2e/quality_rules.py" "$work/p" "$tests/../examples/quality/rules" >"$work/want.json"
cd "$work/p"
git init -q .
sluice check >/dev/null 2>"$work/err" || fail "check: $(sluice check 2>&1)"
sluice test --json >"$work/got.json" 2>"$work/err" || rc=$?
is "${rc:-0}" 1 'some do not hold'
jq -S '[.tests[] | {key: (.node + " " + .test), value: [.verdict, .rows]}] | from_entries' \
	"$work/got.json" >"$work/got"
jq -S . "$work/want.json" >"$work/want"
diff -u "$work/want" "$work/got" >"$work/differ" || fail "$(cat "$work/differ")"
# the counting knows both verdicts of most rules, or nothing was asked
[ "$(jq '[.[][0]] | map(select(. == "ok")) | length' "$work/want")" -gt 30 ] || fail 'few hold'
[ "$(jq '[.[][0]] | map(select(. == "failed")) | length' "$work/want")" -gt 30 ] || fail 'few fail'
# and the document names each check type that is asked here
for rule in "$tests"/../examples/quality/rules/*.sql; do
	for type in $(sed -n 's/^-- @doc \([a-zA-Z, ]*\):.*/\1/p' "$rule" | tr -d ,); do
		grep -q "$type" "$tests/../docs/DATA-QUALITY.md" || fail "the document has no $type"
	done
done
# as one asks at the desk: which rows
sluice test Visit --rows -n 1 >"$work/out" || true
has "$(cat "$work/out")" 'visit_id' 'the rows that offend'
