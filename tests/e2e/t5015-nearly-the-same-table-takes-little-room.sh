#!/usr/bin/env bash
# A table in which one row in a thousand has changed, evenly scattered: the
# store grows by little, every byte of it is right, and nothing that names it
# differs from what a store says that knows nothing of the table before.
# Damage of a delta, or of what it is made of, is found and healed; gc of the
# run before leaves what the new one needs.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

git init -q "$work/repo"
cd "$work/repo"
store=.git/sluice
write Big.sql <<'E2'
-- @include action/sql/sqlite
-- @key id
WITH RECURSIVE n(id) AS
  (VALUES(1) UNION ALL SELECT id + 1 FROM n WHERE id < 300000)
SELECT id, printf('MRN%08d', id * 7919 % 100000000) AS mrn,
  'the name of a test ' || (id % 977) AS name,
  id * 13 % 9973 / 10.0 + (id % 1000 = 1000) AS value FROM n
E2
write Few.sql <<'E2'
-- @include action/sql/sqlite
-- @depend ./Big
SELECT count(*) AS n, sum(value) AS total FROM Big
E2
commit one >/dev/null
sluice run 2>/dev/null
sluice get /Big -o "$work/before.csv"

# bytes NAME...: of the files below the store's directories of these names
bytes() {
	(cd "$store" && find "$@" -type f -printf '%s\n') |
		awk '{ n += $1 } END { print n + 0 }'
}
before=$(bytes blobs)
sed -i 's/= 1000)/= 500)/' Big.sql
sluice run 2>/dev/null
sluice get /Big -o "$work/after.csv"
size=$(stat -c %s "$work/after.csv")
grew=$(($(bytes blobs) - before))
[ $((grew * 100)) -le $((size * 3)) ] ||
	fail "$grew bytes are new of $size"
is "$(diff "$work/before.csv" "$work/after.csv" | grep -c '^>')" 300 \
	'rows that differ'
deltas=$(cd $store && find blobs -name '*.delta' | sort)
[ -n "$deltas" ] || fail 'no part rests as a delta'
has "$(sluice diff /Big)" '300 changed' 'the difference'
commit two >/dev/null

# another store, which knows of no table before, has the same manifest
id=$(sluice verify --json | jq -r .manifest)
is "$(sluice verify --json | jq -c .problems)" '[]' 'problems'
git clone -q . "$work/elsewhere"
(cd "$work/elsewhere" && sluice run 2>/dev/null &&
	sluice get /Big -o "$work/plain.csv" &&
	sluice verify --json | jq -r .manifest >"$work/id")
is "$(cat "$work/id")" "$id" 'the manifest elsewhere'
cmp "$work/plain.csv" "$work/after.csv" || fail 'other rows elsewhere'
[ -z "$(find "$work/elsewhere/.git/sluice/blobs" -name '*.delta')" ] ||
	fail 'a first run made deltas'

# the node below reads it, and so does one that is new
is "$(sluice get /Few | tail -n 1)" \
	"$(cd "$work/elsewhere" && sluice get /Few | tail -n 1)" 'the node below'
cp Few.sql Again.sql
sed -i 's/sum(/max(/' Again.sql
sluice run 2>/dev/null
is "$(sluice get /Again | tail -n 1)" \
	"$(tail -n +2 "$work/after.csv" | awk -F, '{ if ($4 > m) m = $4 }
		END { print NR "," m }')" 'a new node'
rm Again.sql
sluice run 2>/dev/null

# flip PATH: one bit of it
flip() {
	python3 - "$1" <<'E2'
import os, sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 2] ^= 4
os.unlink(sys.argv[1])
open(sys.argv[1], "wb").write(data)
E2
}
# healed WORDS: what was damaged is found; the next run makes the same again
healed() {
	sluice store fsck >/dev/null 2>&1 && fail "$1: nobody found it"
	sluice run >/dev/null 2>&1 || fail "$1: run"
	is "$(sluice verify --json | jq -r .manifest)" "$id" "$1: the manifest"
	is "$(sluice verify --json | jq -c .problems)" '[]' "$1: problems"
	sluice get /Big | cmp - "$work/after.csv" || fail "$1: other rows"
	sluice store fsck >/dev/null || fail "$1: not healed"
}
# base_of DELTA: the path of what it is made of
base_of() {
	python3 - "$store" "$1" <<'E2'
import sys
name = open(f"{sys.argv[1]}/{sys.argv[2]}", "rb").read()[16:48].hex()
print(f"{sys.argv[1]}/blobs/{name[:2]}/{name[2:]}")
E2
}
[ "$(wc -l <<<"$deltas")" -ge 4 ] || fail "too few deltas: $deltas"
mapfile -t delta <<<"$deltas"
flip "$store/${delta[0]}"
healed 'a delta'
flip "$(base_of "${delta[1]}")"
healed 'what a delta is made of'
for path in "${delta[@]:2}"; do
	[ -e "$store/$path" ] && break
done
rm -f "$(base_of "$path")"
sluice run 2>"$work/err"
has "$(cat "$work/err")" 'computed Big' 'what a delta is made of is gone: run'
is "$(sluice verify --json | jq -c .problems)" '[]' 'gone: problems'
sluice get /Big | cmp - "$work/after.csv" || fail 'gone: other rows'

# gc: the run before is named by nothing, the new one by the desk
sed -i 's/= 500)/= 700)/' Big.sql
commit three >/dev/null
sluice run 2>/dev/null
id=$(sluice verify --json | jq -r .manifest)
sluice get /Big -o "$work/after.csv"
[ -n "$(find $store/blobs -name '*.delta')" ] || fail 'no delta of a third'
for _ in 1 2 3 4; do
	sluice store gc --grace 0 >/dev/null
done
[ -z "$(ls $store/trash)" ] || fail 'gc has left something in trash'
sluice store fsck >/dev/null || fail 'gc took what a delta is made of'
sluice get /Big | cmp - "$work/after.csv" || fail 'other rows after gc'
is "$(sluice verify --json | jq -c .problems)" '[]' 'problems after gc'
