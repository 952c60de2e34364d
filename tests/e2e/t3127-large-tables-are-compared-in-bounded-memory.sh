#!/usr/bin/env bash
# Tables of 180 MB each are compared by a program that may have 200 MB of memory
# of its own: in one order, and in two, with a key that is none any more. What
# differs is known from how the rows are made.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
! grep -q __asan_init "$BUILD/sluice" || skip 'a sanitizer needs memory of its own'

make_bare
make_clone
rows=400000
# node KEY ORDERED VALUE ID: columns id, code, note, value, the last row first
node() {
	cat >Lab.sql <<S
@include action/sql/sqlite
$1
$2
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $rows)
SELECT $4 AS id, i * 7919 % 1000003 AS code,
  printf('a note of the laboratory %0400d', i % 977) AS note, $3 AS value FROM n ORDER BY i DESC
S
}
told() {
	(
		ulimit -d 200000
		sluice diff --json Lab
	) | jq -c ".tables[0] | [.compared_by, .added, .removed, .changed] + $1"
}

node '@key id' '' 'i % 100 * 0.5' i
commit before >/dev/null
sluice run 2>/dev/null
# one value in a thousand, 0.5 more
node '@key id' '' 'i % 100 * 0.5 + (i % 1000 = 7) * 0.5' i
sluice run 2>/dev/null
is "$(told '(.columns | map(.name, .changed, .values.before.distinct, .values.after.greatest))')" \
	'["key",0,0,400,"value",400,100,"49.5"]' 'in one order'
# the code is the key now: it was one before, and rows are sorted by it
node '@key code' '' 'i % 100 * 0.5' i
sluice run 2>/dev/null
is "$(told '[.rows_reordered]')" '["key",0,0,0,true]' 'by a new key'
# no key, and ten numbers come twice: i = 0 to 9 have those of 10 to 19
node '' '@ordered' 'i % 100 * 0.5' 'i + (i < 10) * 10'
sluice run 2>/dev/null
is "$(told '[.keys[0].after.shared, (.columns | map(.name, .values.before.distinct > 370000, .values.after.about))]')" \
	'["rows",10,10,null,20,["id",true,true]]' 'as bags'
