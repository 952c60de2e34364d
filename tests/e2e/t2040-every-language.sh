#!/usr/bin/env bash
# SQL, Python, R, Bash and a language of the repository's own (awk, a few
# lines) hand tables to each other with NULLs, empty strings and types intact.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
write A.csv <<'E'
id,name,weight
1,"Ann, B",70.5
2,"",81
3,,64.25
E
write Sql.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./A
SELECT id, name, weight FROM A
E
write Python.py <<'E'
# @include action/python
# @depend ./Sql as sql
# @file ./lib/helper.py
import csv
import helper
with open("in/sql.csv", newline="") as f, open("out.csv", "w", newline="") as g:
    helper.copy(csv.reader(f), csv.writer(g))
E
write lib/helper.py <<'E'
def copy(reader, writer):
    for row in reader:
        writer.writerow(row)
E
write R.R <<'E'
# @include action/r
# @depend ./Sql as sql
d <- read.csv("in/sql.csv")
write.csv(data.frame(id = d$id, heavy = d$weight > 65), "out.csv", row.names = FALSE)
E
write Bash.sh <<'E'
# @include action/bash
# @depend ./Sql as sql
cp in/sql.csv out.csv
E
write action/awk <<'E'
# awk, of this repository's own
@run /usr/bin/awk -f {{@file}}
@probe /usr/bin/awk -W version
E
write Awk.awk <<'E'
# @include action/awk
# @depend ./Sql as sql
BEGIN {
    FS = ","
    while ((getline < "in/sql.csv") > 0)
        n++
    print "rows" > "out.csv"
    print n - 1 > "out.csv"
}
E
sluice run >"$work/out" 2>&1 || fail "$(cat "$work/out")"
wanted=$(printf 'id,name,weight\n1,"Ann, B",70.5\n2,"",81.0\n3,,64.25\n')
is "$(sluice get Sql)" "$wanted" "SQL"
is "$(sluice get Bash)" "$wanted" "Bash: the very same table"
is "$(sluice get Awk)" "$(printf 'rows\n3\n')" "awk"
is "$(sluice get R)" "$(printf 'id,heavy\n1,TRUE\n2,TRUE\n3,FALSE\n')" "R"
# Python's csv module does not tell NULL from the empty string
is "$(sluice get Python)" "$(printf 'id,name,weight\n1,"Ann, B",70.5\n2,,81.0\n3,,64.25\n')" "Python"
