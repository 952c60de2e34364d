#!/usr/bin/env bash
# The eight tests on random tables with hostile names and values: each says of
# how many rows it does not hold, as counted row by row in Python; and the rows
# are the table that it gives. SEEDS repeats others.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work"
for seed in ${SEEDS:-1 2 3 4}; do
	mkdir "p$seed"
	cd "p$seed"
	git init -q
	python3 "$tests/e2e/datatest_oracle.py" "$seed" . >../wanted.json
	rc=0
	sluice run --json >../out.json 2>../err || rc=$?
	[ "$rc" -le 1 ] || fail "seed $seed: $(cat ../err)"
	python3 - ../wanted.json ../out.json "$seed" <<'P' || fail "seed $seed"
import json, sys
wanted, out = (json.load(open(f)) for f in sys.argv[1:3])
got = {t["test"]: t for t in out["tests"]}
bad = 0
for test, verdict, rows in wanted:
    t = got.get(test)
    if t is None or t["verdict"] != verdict or t["rows"] != rows:
        print("seed", sys.argv[3], test, "wanted", verdict, rows, "got", t)
        bad = 1
assert len(got) == len(wanted) > 20, (len(got), len(wanted))
blocks = any(t["blocks"] for t in out["tests"])
assert out["status"] == ("failure" if blocks else "success")
sys.exit(bad)
P
	is "$rc" "$(jq '[.tests[].blocks] | any | if . then 1 else 0 end' \
		../out.json)" "seed $seed: exit status"
	cd ..
done

# which rows: their number, or the key where there is one
mkdir q
cd q
git init -q
printf 'id,v\n7,\n8,x\n9,\n' >Keyed.csv
printf '@key id\n@test not_null(v)\n' >Keyed
printf 'row,v\na,\nb,x\nc,\n' >Bare.csv
printf '@warn not_null(v)\n@test ./few.sql\n' >Bare
echo 'SELECT "row" FROM Bare WHERE v IS NULL' >few.sql
sluice run --json >../out.json 2>/dev/null && fail 'a blocking test failed'
rows_of() { # TEST
	local table
	table=$(jq -r --arg t "$1" '.tests[] | select(.node + " " + .test == $t) | .table' \
		../out.json)
	cat .git/sluice/blobs/"${table:0:2}"/"${table:2}" | jq -r '.parts[].blob' |
		while read -r p; do cat .git/sluice/blobs/"${p:0:2}"/"${p:2}"; done
}
is "$(rows_of 'Keyed not_null(v)' | tr '\n' ' ')" '7, 9, ' 'by key'
is "$(rows_of 'Bare not_null(v)' | tr '\n' ' ')" '1, 3, ' 'by number'
is "$(rows_of 'Bare ./few.sql' | tr '\n' ' ')" 'a c ' 'by a query'
