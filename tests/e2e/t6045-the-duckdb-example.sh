#!/usr/bin/env bash
# The example of DuckDB runs as its README says.
. "$(dirname "$0")/lib.sh"
need_duckdb

cp -r "$tests/../examples/duckdb" "$work/p" && cd "$work/p" && git init -q
commit example >/dev/null
sluice run >"$work/log" 2>&1 || fail "$(cat "$work/log")"
# 22:15 to 09:00 three days later are 59 hours by the clock's full hours
is "$(sluice get Length)" "stay_id,patient,hours,is_first
1,1001,59,true
2,1001,170,false
3,1002,15,true
4,1003,,false
5,1003,29,true" "Length"
is "$(sluice get Ward)" "patient,ICU,Ward 3
1001,59,170
1002,15,
1003,29," "Ward"
lacks "$(sluice verify --rebuild)" "depend on the order" "a row_number() without ties"
sed -i 's/ORDER BY admitted, stay_id/ORDER BY 1/' Length.sql
commit ties >/dev/null
sluice run >/dev/null 2>&1
has "$(sluice verify --rebuild)" "Length: its rows depend on the order" "with ties"

# and by a push
make_bare && make_clone
cp -r "$tests/../examples/duckdb/." .
id=$(commit example)
push
run_once
has "$(note_of "$id")" "3 nodes" "the note"
is "$(cd "$bare" && sluice get Ward | head -n 2 | tail -n 1)" "1001,59,170" "a table of the server's"
is "$(requests | cut -d' ' -f4)" "success" "the run"
