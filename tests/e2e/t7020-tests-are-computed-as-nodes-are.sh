#!/usr/bin/env bash
# A test has a key of its own: what it does not read does not run it again, it
# moves no key of a node, also where it reads a node below its own; gc keeps
# what it gave; one that cannot be computed is told with its line.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work"
git init -q p
cd p

write Patient.csv <<'E'
id,site,note
1,A,x
2,B,y
E
write Visit.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Patient
SELECT id AS patient, note FROM Patient
E
run() { # its status; ../tested: what was tested
	local rc=0
	sluice run >../out 2>../err || rc=$?
	sed -n 's/^tested *//p' ../err | sed 's/: [0-9]* row.*//' | sort |
		tr '\n' ';' >../tested
	return "$rc"
}
keys() { sluice manifest | jq -c '[.nodes[].key]'; }

run || fail 'no tests'
was=$(keys)
lacks "$(sluice manifest)" tests 'no tests, no word of them'
write Patient <<'E'
@test unique(id)
@test in(site, A, B)
@test references(id, ./Visit.patient)
E
run || fail "tests: $(cat ../out)"
is "$(cat ../tested)" 'Patient: in(site, A, B);Patient: references(id, ./Visit.patient);Patient: unique(id);' \
	'what was tested first'
is "$(keys)" "$was" 'tests move no key of a node'
run || fail 'once more'
is "$(cat ../tested)" '' 'nothing is tested twice'

# a column that no test reads, and one that one test reads
sed -i 's/x$/z/' Patient.csv
run || fail 'another note'
is "$(cat ../tested)" '' 'a column that no test reads'
sed -i 's/^2,B/2,C/' Patient.csv
rc=0
run || rc=$?
is "$rc" 1 'a test that does not hold'
is "$(cat ../tested)" 'Patient: in(site, A, B);' 'the test that reads what changed'
has "$(cat ../out)" 'failed Patient: Patient:2: in(site, A, B): 1 row offends' 'the test'
has "$(cat ../out)" '3 tests: 1 does not hold' 'the last line'
sed -i 's/^2,C/2,B/' Patient.csv

# a mounted copy of an equal table needs no test of its own
mkdir -p lib A B
echo '@abstract' >lib/library
cp Patient.csv lib/Site.csv
printf '@test unique(id)\n@test rows(1, 5)\n' >lib/Site
echo '@include /lib' | tee A/mount >B/mount
sluice run --jobs 1 >../out 2>../err || fail "mounted: $(cat ../out)"
is "$(grep -c '^tested' ../err)" 1 'one of two equal tests; unique(id) was known'
is "$(sluice run --json 2>/dev/null | jq '.tests | length')" 7 'all are told'

# of a target its tests, and what they read; not those of others
rm -r A B lib
is "$(sluice run --json Patient 2>/dev/null |
	jq -c '[[.nodes[].node], (.tests | length)]')" \
	'[["Patient","Visit"],3]' 'a target'
is "$(sluice run --json Visit 2>/dev/null |
	jq -c '[[.nodes[].node], (.tests | length)]')" \
	'[["Patient","Visit"],3]' 'what is above is tested, too'

# what cannot be computed, and what cannot be asked
echo '@test not_null(sitee)' >>Patient
rc=0
run || rc=$?
is "$rc" 1 'a test that cannot be computed'
has "$(cat ../out)" \
	'failed Patient: Patient:4: not_null(sitee): could not be computed: no such column: sitee' \
	'why'
printf 'SELECT id\nFROM Patient\nWHERE nonsense(id)\n' >q.sql
sed -i 's,@test not_null(sitee),@test ./q.sql,' Patient
run && fail 'a query that is wrong'
has "$(cat ../out)" \
	'Patient:4: ./q.sql: could not be computed: line 3, column 7: no such function: nonsense' \
	'where in the query'
sed -i 's,./q.sql,not_null(site),' Patient
printf 'id\nx,y\n' >Other.csv
echo '@warn references(id, ./Other.id)' >>Patient
rc=0
run || rc=$?
is "$rc" 1 'the other node failed'
is "$(sluice run --json 2>/dev/null | jq -c '.tests[-1] | [.verdict, .blocks]')" \
	'["blocked",false]' 'a test that waits'

# gc keeps the rows
rm Other.csv
sed -i '$d' Patient
sed -i 's/unique(id)/in(id, 1)/' Patient
run && fail 'one row offends'
sluice store gc --grace 0 >/dev/null
sluice store gc --grace 0 >/dev/null
table=$(sluice manifest | jq -r '.nodes.Patient.tests[0].table')
[ -e ".git/sluice/blobs/${table:0:2}/${table:2}" ] || fail 'the rows are gone'
run && fail 'one row offends still'
is "$(cat ../tested)" '' 'and nothing is computed again'

# which columns a test reads is known from its words; SQLite, asked about the
# same SQL as of a query in a file, says the same: the keys are equal
for key in '' '@key id'; do
	rm -rf ../q
	mkdir ../q
	cd ../q
	git init -q
	printf 'id,a,B,"x y"\n1,1,u,p\n2,2,v,q\n3,,,\n' >t.csv
	write t <<E
@test not_null(a)
@test unique(b, A)
@test in("x y", p, q)
@test range(ID, 1, 3)
@test rows(0, 9)
@test match(B, '^u')
@test coverage(a, 0.5)
$key
E
	sluice run --json >../one.json 2>/dev/null || true
	is "$(jq '.tests | length' ../one.json)" 7 'words'
	for k in $(jq -r '.tests[].key' ../one.json); do
		jq -j .body ".git/sluice/blobs/${k:0:2}/${k:2}" >"$k.sql"
		echo "@test ./$k.sql" >>t
	done
	sluice run --json >../two.json 2>../err || true
	is "$(grep -c '^tested' ../err || true)" 0 'the same jobs'
	is "$(jq -c '[.tests[7:][].key]' ../two.json)" \
		"$(jq -c '[.tests[].key]' ../one.json)" 'the same keys'
done
