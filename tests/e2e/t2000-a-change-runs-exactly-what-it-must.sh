#!/usr/bin/env bash
# A changed file recomputes its node and goes on only as far as tables differ;
# a comment in the code computes one node, one in the header none; a moved
# directory computes nothing; an appended column that nobody reads computes
# only its own node.
. "$(dirname "$0")/lib.sh"

# computed: the nodes that the run executed, on one line
computed() {
	sluice run --json >"$work/run.json" || fail "run: $(cat "$work/run.json")"
	jq -r '[.nodes[] | select(.status == "computed").node] | join(" ")' "$work/run.json"
}

mkdir "$work/p" && cd "$work/p" && git init -q
write Patient.csv <<'E'
id,mrn,weight
1,00123,70.5
2,00456,81.2
3,00789,64.0
E
write clinic/Named.sql <<'E'
-- @include action/sql/sqlite
-- @depend /Patient as p
-- a remark in the header
SELECT id, mrn FROM p
E
write clinic/Heavy.sql <<'E'
-- @include action/sql/sqlite
-- @depend /Patient as p
SELECT id FROM p WHERE weight > 70
E
write clinic/Count.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Heavy as h
SELECT count(id) AS n FROM h
E
write clinic/Double.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Count as c
SELECT n * 2 AS n FROM c
E
commit one >/dev/null
is "$(computed)" "Patient clinic/Count clinic/Double clinic/Heavy clinic/Named" "the first run"
is "$(computed)" "" "nothing to do"

# a comment in the code: one node, whose table is equal
sed -i 's/^SELECT id FROM/-- heavy ones\nSELECT id FROM/' clinic/Heavy.sql
is "$(computed)" "" "a comment between header and code belongs to the header"
sed -i 's/weight > 70/weight > 70 -- kg/' clinic/Heavy.sql
is "$(computed)" "clinic/Heavy" "a comment in the code"

# a comment in the header: none
sed -i '1i -- another remark' clinic/Heavy.sql
is "$(computed)" "" "a comment in the header"

# other rows, but as many: it stops at Count
sed -i 's/weight > 70 -- kg/weight < 81/' clinic/Heavy.sql
is "$(computed)" "clinic/Count clinic/Heavy" "a change goes on as far as tables differ"

# another count goes all the way
sed -i 's/weight < 81/weight < 1000/' clinic/Heavy.sql
is "$(computed)" "clinic/Count clinic/Double clinic/Heavy" "a change goes to the end"

# a moved directory: nothing
git mv clinic hospital
is "$(computed)" "" "a moved directory"

# an appended column that nobody reads: its own node
sed -i '1s/$/,height/; 2,$s/$/,180/' Patient.csv
is "$(computed)" "Patient" "an appended column"

# a value of a column that only one node reads
sed -i 's/00456/00457/' Patient.csv
is "$(computed)" "Patient hospital/Named" "a value of one column"

# back to what was: everything is there
sed -i 's/00457/00456/' Patient.csv
is "$(computed)" "" "back again"

# count(*) reads no column: other rows, but as many, do not touch it
write hospital/Rows.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Heavy as h
SELECT count(*) AS n FROM h
E
is "$(computed)" "hospital/Rows" "a new node"
sed -i 's/SELECT id/SELECT id + 1 AS id/' hospital/Heavy.sql
is "$(computed)" "hospital/Count hospital/Heavy" "only the number of rows is read"
