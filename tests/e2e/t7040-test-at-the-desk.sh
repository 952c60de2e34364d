#!/usr/bin/env bash
# `sluice test` computes the tests of the nodes named and what they need, no
# more; says each verdict, shows the rows that offend, and which nodes have no
# test.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work"
git init -q p
cd p

write A/Lab.csv <<'E'
id,v
1,5
2,70
3,
E
write A/Lab <<'E'
@test not_null(id)
@test range(v, 0, 10)
@warn not_null(v)
E
write A/Sum.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Lab
-- @test rows(1, 1)
SELECT sum(v) AS v FROM Lab
E
write A/Far.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Sum
SELECT v FROM Sum
E
write B/Keyed.csv <<'E'
k
1
E
echo '@key k' >B/Keyed

rc=0
sluice test >../out 2>../err || rc=$?
is "$rc" 1 'a blocking test does not hold'
is "$(cat ../out)" "ok A/Lab: A/Lab:1: not_null(id): holds
failed A/Lab: A/Lab:2: range(v, 0, 10): 1 row offends
warning A/Lab: A/Lab:3: not_null(v): 1 row offends
ok A/Sum: A/Sum.sql:3: rows(1, 1): holds
1 of 4 nodes has no test, key or column declared: A/Far
4 tests: 1 does not hold, 1 warns" 'all tests'
is "$(cat ../err)" '' 'nothing else'
sluice run >../out 2>&1 || true
has "$(cat ../out)" '1 computed, 3 reused' 'of nodes only what tests need was computed'

rc=0
sluice test /A/Lab --rows >../out 2>../err || rc=$?
is "$rc" 1 'rows: exit status'
is "$(sed -n '3,5p' ../out)" "    row        v
integer  integer
-------  -------" 'their columns'
is "$(sed -n '6p' ../out | tr -s ' ')" ' 2 70' 'the row that offends'
is "$(grep -c 'rows(1, 1)' ../out || true)" 0 'of no other node'

sluice test A/Sum >../out 2>../err || fail "its own test holds: $(cat ../out)"
is "$(cat ../out)" "ok A/Sum: A/Sum.sql:3: rows(1, 1): holds
1 test holds" 'of one node its own alone'
(cd A && sluice test Far >../../out) || fail 'no tests'
has "$(cat ../out)" '0 tests' 'a node without tests'

sluice test --json >../out.json || true
is "$(jq -c '[.status, .counts, .untested]' ../out.json)" \
	'["failure",{"failed":1,"nodes":4,"tests":4,"untested":1,"warn":1},["A/Far"]]' 'as JSON'
is "$(jq -c '.tests[1] | [.node, .at, .verdict, .blocks, .rows]' ../out.json)" \
	'["A/Lab","A/Lab:2","failed",true,1]' 'a test as JSON'

# what there is, of all and of one; nothing is computed for it
sluice test --coverage >../out 2>../err || fail "coverage: $(cat ../err)"
is "$(cat ../out)" 'A/Far    none
A/Lab    2 tests, 1 warning
A/Sum    1 test
B/Keyed  key (k)
1 of 4 nodes has no test, key or column declared' 'coverage'
is "$(sluice test --coverage --json A/Lab | jq -c '[.counts, .nodes]')" \
	'[{"nodes":1,"untested":0},[{"cases":0,"columns":[],"key":[],"node":"A/Lab","tests":2,"warnings":1}]]' \
	'coverage as JSON'
is "$(sluice report --format json | jq -c .untested)" '["A/Far"]' 'in a report'
is "$(sluice report --format json --outside | jq -c .untested)" null 'not outside'

# of a commit; and what fails above
commit 'as it was' >/dev/null
sed -i 's/,70/,7/;/^3/d' A/Lab.csv
sluice test >../out 2>&1 || fail "mended: $(cat ../out)"
has "$(cat ../out)" '4 tests hold' 'mended'
rc=0
sluice test --at HEAD >../out 2>&1 || rc=$?
is "$rc" 1 'of a commit'
sed -i 's/sum(v)/total(w)/' A/Sum.sql
rc=0
sluice test A/Sum >../out 2>&1 || rc=$?
is "$rc" 1 'the node itself fails'
has "$(cat ../out)" 'failed A/Sum: no such column: w' 'why'
has "$(cat ../out)" 'rows(1, 1): waits for a table that is not there' 'its test'
rc=0
sluice test Nobody >../out 2>../err || rc=$?
is "$rc" 2 'no such node'

# a run whose test warns is not answered from memory
git checkout -q . 2>/dev/null || true
printf 'id,v\n1,5\n3,\n' >A/Lab.csv
sluice run >/dev/null 2>&1 || fail 'a warning'
sluice run >../out 2>&1 || fail 'a warning, again'
has "$(cat ../out)" 'warning A/Lab: A/Lab:3: not_null(v): 1 row offends' 'told each time'
