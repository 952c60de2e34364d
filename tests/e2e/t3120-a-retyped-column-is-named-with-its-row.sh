#!/usr/bin/env bash
# A file of today in which one value makes a column text: the report names the
# column, both types and the first row that made it so, and not the value.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
write Lab.csv <<'E'
id,albumin
1,4.1
2,3.9
3,4.4
E
commit one >/dev/null
sluice run --at HEAD >/dev/null 2>&1
sed -i 's/^2,3.9/2,<3.9/; s/^3,4.4/3,n.d./' Lab.csv
commit two >/dev/null
sluice run --at HEAD >/dev/null 2>&1
report=$(sluice report HEAD)
has "$report" "albumin was real, is text (row 2 made it so)" "the report"
lacks "$report" "<3.9" "no value"
lacks "$(sluice report HEAD --outside)" "row 2" "outside"
has "$(sluice diff HEAD~1..HEAD)" "row 2" "diff"
