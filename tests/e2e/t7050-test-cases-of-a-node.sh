#!/usr/bin/env bash
# X.test/CASE/: the node's code over tables that are written down, in its own
# engine, SQL or any command. What is missing is an empty table with the real
# columns; a case knows of no real row; it blocks as a test does.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work"
git init -q p
cd p
[ -z "${SANDBOX:-}" ] || git config sluice.sandbox "$SANDBOX"

write Patient.csv <<'E'
id,born,weight,code
1,1950-01-01,70.5,007
2,1960-01-01,80.0,010
E
printf '@column born date\n@key id\n' >Patient
write Dose.csv <<'E'
patient,dose
1,10
E
write Total.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Patient as p
-- @depend ./Dose as d
SELECT p.id, p.code, sum(d.dose) AS dose FROM p LEFT JOIN d ON d.patient = p.id
GROUP BY p.id, p.code
E
# all columns but those a case is about; two rows of which one has no dose
write Total.test/sums/p.csv <<'E'
code,id
001,5
,6
E
write Total.test/sums/d.csv <<'E'
patient,dose
5,1
5,2
E
write Total.test/sums/expect.csv <<'E'
dose,id,code
3,5,001
,6,
E
printf 'id,code,dose\n' | write Total.test/nobody/expect.csv
write Heavy.py <<'E'
# @include action/python
# @depend ./Patient as p
import csv, json
types = {c["name"]: c["type"] for c in json.load(open("in/p.schema.json"))}
assert types == {"id": "integer", "born": "date", "weight": "real", "code": "text"}, types
with open("out.csv", "w", newline="") as f:
    w = csv.writer(f)
    w.writerow(["id", "born"])
    for r in csv.DictReader(open("in/p.csv")):
        if r["weight"] and float(r["weight"]) > 75:
            w.writerow([r["id"], r["born"]])
E
write Heavy.test/bound/p.csv <<'E'
id,weight,born
1,75,2001-01-01
2,75.1,2002-02-02
3,,2003-03-03
E
printf 'id,born\n2,2002-02-02\n' | write Heavy.test/bound/expect.csv
printf 'id,born\n' | write Heavy.test/none/expect.csv
verdicts() { sluice test --json "$@" 2>/dev/null | jq -c '[.tests[] | [.test, .verdict]]'; }

sluice check >../out 2>&1 || fail "check: $(cat ../out)"
sluice test >../out 2>../err || fail "all hold: $(cat ../out ../err)"
is "$(cat ../out)" "ok Heavy: Heavy.test/bound/expect.csv:1: Heavy.test/bound: holds
ok Heavy: Heavy.test/none/expect.csv:1: Heavy.test/none: holds
ok Total: Total.test/nobody/expect.csv:1: Total.test/nobody: holds
ok Total: Total.test/sums/expect.csv:1: Total.test/sums: holds
1 of 4 nodes has no test, key or column declared: Dose
4 tests hold" 'all cases'
is "$(sluice tree --names . | tr '\n' ' ')" 'Dose Heavy Patient Total ' 'cases are no nodes'
is "$(sluice run --json 2>/dev/null | jq -c '[.nodes[].node]')" \
	'["Dose","Heavy","Patient","Total"]' 'nor in a run'

# other rows above: no case is computed again
echo '3,1970-01-01,90.0,011' >>Patient.csv
sluice run >../out 2>../err || fail "more rows: $(cat ../out)"
is "$(grep -c '^tested' ../err || true)" 0 'a case knows of no real row'
# nothing changed; then a file of a case alone
sluice run >../out 2>&1 || fail "once more: $(cat ../out)"
has "$(cat ../out)" '4 tests hold' 'once more'
cp Heavy.test/bound/p.csv ..
sed -i 's/75.1/74/' Heavy.test/bound/p.csv
sluice run >../out 2>&1 && fail 'another file of a case'
has "$(cat ../out)" 'Heavy.test/bound: gives another table' 'another file of a case'
has "$(cat ../out)" '0 computed, 4 reused' 'no node ran'
cp ../p.csv Heavy.test/bound/
sluice run >../out 2>&1 || fail "as before: $(cat ../out)"

# the code of one: its cases alone
sed -i 's/> 75/>= 75/' Heavy.py
rc=0
sluice run >../out 2>../err || rc=$?
is "$rc" 1 'a case does not hold'
is "$(grep '^tested' ../err | cut -d: -f2 | sort | tr -d '\n')" \
	' Heavy.test/bound Heavy.test/none' 'its cases'
has "$(cat ../out)" \
	'failed Heavy: Heavy.test/bound/expect.csv:1: Heavy.test/bound: gives another table' 'which'
sluice test Heavy --rows >../out 2>/dev/null && fail 'test: status'
is "$(grep -A4 expected: ../out | tail -n 1 | tr -s ' ')" ' 2 2002-02-02' 'what was expected'
is "$(grep -A4 given: ../out | tail -n 1 | tr -s ' ')" ' 1 2001-01-01' 'what it gave'
is "$(sluice manifest | jq '.nodes.Heavy.state')" '"ok"' 'the node has its table'
sed -i 's/>= 75/> 75/' Heavy.py

# what is wrong with a case's files is told with its place
printf 'id,born,x\n' >Heavy.test/none/expect.csv
sluice test Heavy >../out 2>/dev/null && fail 'a column too many'
has "$(cat ../out)" "Heavy.test/none/expect.csv: it has a column 'x', which the table has not" 'too many'
printf 'id\n' >Heavy.test/none/expect.csv
sluice test Heavy >../out 2>/dev/null && fail 'a column too few'
has "$(cat ../out)" "Heavy.test/none/expect.csv: it has no column 'born'" 'too few'
cp Heavy.test/bound/expect.csv ..
printf 'id,born\nsecret,x\n' >Heavy.test/bound/expect.csv
sluice test Heavy >../out 2>/dev/null && fail 'no integer'
has "$(cat ../out)" "Heavy.test/bound/expect.csv: " 'a value that does not fit'
has "$(cat ../out)" 'whole number' 'what it is to be'
lacks "$(cat ../out)" secret 'the value'
cp ../expect.csv Heavy.test/bound/
printf 'id,born\n' >Heavy.test/none/expect.csv
printf 'id,weight\n1,75,9\n' >Heavy.test/none/p.csv
sluice test Heavy >../out 2>/dev/null && fail 'a ragged row'
has "$(cat ../out)" 'Heavy.test/none/p.csv:2:' 'a ragged row'
printf 'id,weight\n1,7\n1,8\n' >Heavy.test/none/p.csv
sluice test Heavy >../out 2>/dev/null && fail 'a key of the input twice'
has "$(cat ../out)" 'Heavy.test/none/p.csv: ' 'the key of the real input'
rm Heavy.test/none/p.csv
is "$(verdicts Heavy)" '[["Heavy.test/bound","ok"],["Heavy.test/none","ok"]]' 'mended'
