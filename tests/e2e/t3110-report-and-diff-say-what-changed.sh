#!/usr/bin/env bash
# report, manifest and diff, at a desk: what they compare, what they say, and
# what they show of data to whom. Every number is counted by hand.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

make_bare
make_clone
example
commit one >/dev/null

# 1. Without a run they say how to make one.
rc=0; out=$(sluice report 2>&1) || rc=$?
is "$rc" 4 'status without a run'
has "$out" 'sluice run' 'advice'

# 2. The first run has nothing to compare with; delivered tables are told.
sluice run 2>/dev/null >/dev/null
out=$(sluice report)
has "$out" '4 nodes, nothing to compare with' 'first run'
has "$out" 'new → 1' 'first run'
is "$(sluice manifest | jq -r '.nodes | keys | join(" ")')" \
	'ClinicA/Count ClinicA/Low ClinicA/Patient ClinicB/Total' 'nodes'
id=$(sluice report --json | jq -r .provenance.manifest)
is "$(sluice manifest | sha256sum | cut -d' ' -f1)" "$id" 'manifest id'

# 3. Edited files against HEAD: Patient loses row 3, gains 4, row 2 differs
# and a column is new; Low (2 and 3 before) has only 4; Count is 1, was 2.
write ClinicA/Patient.csv <<'E'
id,mrn,albumin,sex
1,00123,4.1,f
2,00456,3.9,f
4,00999,2.1,S3cret
E
rm ClinicB/Total.sql
sluice run 2>/dev/null >/dev/null
out=$(sluice diff)
has "$out" 'ClinicA/Patient  3 → 3 rows  2 added, 2 removed' 'Patient'
has "$out" '    columns: +sex' 'the new column'
has "$out" 'ClinicA/Low  2 → 1 row  1 added, 2 removed' 'Low'
has "$out" 'ClinicB/Total  1 → gone' 'Total'
is "$(sluice diff --rows ClinicA/Low | sed -n '2,6p')" "---  id,mrn
+++  id,mrn
-2,00456
-3,00789
+4,00999" 'rows of Low'
is "$(cd ClinicA && sluice diff Low)" "$(sluice diff /ClinicA/Low)" 'paths'
is "$(sluice diff --json --rows ClinicA/Count |
	jq -c '.tables[0].rows')" \
	'[{"after":["1"],"kind":"added"},{"before":["2"],"kind":"removed"}]' \
	'rows as JSON'
rc=0; out=$(sluice diff nosuch 2>&1) || rc=$?
is "$rc" 2 'status of a node that is none'
has "$out" "'nosuch'" 'its name'

# 4. The report, inside and outside: small counts and causes stay inside.
out=$(sluice report)
has "$out" '2 delivered tables change (and 2 steps on the way)' 'verdict'
has "$out" 'ClinicB/Total is not there any more' 'what to look at'
out=$(sluice report --outside)
has "$out" '<11 → <11' 'small counts outside'
for word in S3cret 00999 manifest sandbox; do
	lacks "$out" "$word" 'outside'
done
out=$(sluice report --format md)
has "$out" '| delivered table | rows |' 'markdown'
is "$(sluice report)" "$(sluice report)" 'the same bytes'

# 5. Commits: HEAD against the one before, and the same range by name.
commit two >/dev/null
sluice run --at HEAD 2>/dev/null >/dev/null
has "$(sluice report HEAD)" '2 delivered tables change (and 2 steps on the way)' 'HEAD'
has "$(sluice diff HEAD~1..HEAD)" 'ClinicA/Low  2 → 1 row' 'a range'
is "$(sluice report HEAD~1..HEAD --json | jq -c '.tables | map(.node)')" \
	'["ClinicA/Count","ClinicB/Total","ClinicA/Low","ClinicA/Patient"]' \
	'delivered tables come first'

# 6. A failure: the message and the place inside, the class outside.
write ClinicA/Low.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Patient
SELECT id, mrn, missing_column FROM Patient
E
rc=0; sluice run 2>/dev/null >/dev/null || rc=$?
is "$rc" 1 'status of a failed run'
out=$(sluice report)
has "$out" '1 of 3 nodes failed, 1 blocked' 'verdict of a failure'
has "$out" 'missing_column' 'the message'
has "$out" 'ClinicA/Low.sql:3' 'its place'
has "$out" '1 node waits for it' 'what it blocks'
out=$(sluice report --outside)
has "$out" 'ClinicA/Low' 'the node outside'
lacks "$out" missing_column 'the message outside'

# 7. In a clone: the server's runs are fetched; its tables stay there, so its
# own report is shown, and diff tells the rows that the manifests have.
make_bare server2
git -C "$bare" config sluice.sandbox none
make_clone desk2
example
commit one >/dev/null
push main
run_once
git checkout -q -b exp/low
sed -i 's/3.5/3.0/' ClinicA/Low.sql
commit 'a lower limit' >/dev/null
push exp/low
run_once
out=$(sluice report exp/low 2>/dev/null)
has "$out" 'Can be merged: 1 delivered table changes (and 2 steps on the way); merged as things are, nothing is left' 'the report of the server'
has "$out" '| `ClinicA/Low` | 2 → 1 | 0 | 1 |' 'with its counts'
# the least and the greatest value are shown in the house, never in a ref
low="mrn: no NULLs; 1 different value, 2 before; 00789, 00456 to 00789 before"
has "$(cd "$bare" && sluice report exp/low)" "$low" 'values on the server'
out="$(run_of exp/low report.md) $(run_of exp/low run.json) $(git -C "$bare" log --notes=sluice exp/low)"
has "$out" 'ClinicA/Low' 'what is in refs'
lacks "$out" 00456 'a value in a ref'
lacks "$out" 00789 'a value in a ref'
out=$(sluice report --json exp/low 2>/dev/null | jq -c \
	'.tables[] | select(.node == "ClinicA/Low") | [.rows_before, .rows_after]')
is "$out" '[2,1]' 'the manifests of both sides'
is "$(sluice manifest exp/low 2>/dev/null)" \
	"$(run_of exp/low manifest.json)" 'the manifest'
has "$(sluice diff main..exp/low)" 'ClinicA/Low  2 → 1 row  (the table is not' 'diff'
has "$(cd "$bare" && sluice diff --rows main..exp/low ClinicA/Low)" \
	'-2,00456' 'on the server the rows are there'
sed -i '1i -- @depend ./Nothing' ClinicA/Low.sql
commit 'an error' >/dev/null
push exp/low
run_once
has "$(sluice report exp/low 2>/dev/null)" 'ClinicA/Low.sql:1:12' \
	'a text with errors'

# The comment that a pull request would get: for outside.
out=$(cd "$bare" && sluice report main --format comment)
is "$(sed -n 2p <<<"$out" | cut -c1-11)" '### sluice:' 'the comment'
has "$(head -n 1 <<<"$out")" '<!-- sluice:report ' 'its marker'
for word in S3cret 00999 sandbox; do
	lacks "$out" "$word" 'the comment'
done
