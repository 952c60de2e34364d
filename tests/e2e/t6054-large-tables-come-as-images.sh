#!/usr/bin/env bash
# Large tables that SQLite reads again come as images: no statement can tell,
# a turned bit is found, gc and a full disk take them away, and no run needs one.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

if [ -z "${INSIDE:-}" ]; then
	mkdir "$work/disk"
	# a mount of our own, gone with the process, for the full disk
	own=
	for kind in -m -Urm; do
		[ -n "$own" ] || ! unshare $kind true 2>/dev/null || own=$kind
	done
	INSIDE=$work/disk
	export INSIDE
	[ -n "$own" ] || INSIDE=none bash "$0"
	[ -z "$own" ] || unshare $own bash "$0"
	exit
fi

git init -q "$work/repo"
cd "$work/repo"
python3 - "${SEED:-1}" <<'P'
"""Two tables of 3 MB that share a key, and nodes of random statements."""
import random
import sys

rnd = random.Random(int(sys.argv[1]))
ROWS = 50000


def table(name, note):
    with open(name + ".csv", "w", encoding="utf-8") as f:
        f.write("id,grp,v,flag,day,%s,note\n" % name.lower())
        for i in range(ROWS):
            f.write("%d,%s,%s,%s,2026-%02d-%02d,%d,%s\n" % (
                i if name == "Big" else rnd.randrange(2 * ROWS), rnd.choice(
                    ["", '""', "a", "b\u00e9", "c"]), rnd.choice(
                    ["", "0.5", "-1.25", "1e+16", str(rnd.random())]),
                rnd.choice(["true", "false", ""]), rnd.randrange(1, 13),
                rnd.randrange(1, 29), rnd.randrange(10 ** rnd.randrange(1, 18)),
                note * rnd.randrange(2)))


table("Big", "a remark of some length; ")
table("Other", "another one and a longer one ")

with open("Long.csv", "w", encoding="utf-8") as f:
    f.write("id,t\n")
    for i in range(50000):
        f.write("%d,%s\n" % (i, "x" * (5000 if i == 40000 else 50)))
with open("L.sql", "w", encoding="utf-8") as f:
    f.write("-- @include action/sql/sqlite\n-- @depend ./Long\n"
            "SELECT count(*) AS n, sum(length(t)) AS s FROM Long\n")


def column(*more):
    return rnd.choice(["id", "grp", "v", "flag", "day", "note", *more])


def where():
    return rnd.choice(["", " WHERE grp = 'a'", " WHERE v > 0.3 AND flag", " WHERE id % 7 = 3",
                       " WHERE day BETWEEN '2026-02-01' AND '2026-05-31'", " WHERE note IS NULL",
                       " WHERE grp IN (SELECT grp FROM Other WHERE id < 50)"])


def statement(kind):
    if kind == 0:
        return "SELECT %s AS x, %s AS y, big FROM Big%s LIMIT %d OFFSET %d" % (
            column("big"), column(), where(), rnd.randrange(1, 300), rnd.randrange(9000))
    if kind == 1:
        return ("SELECT grp, count(*) AS n, sum(v) AS s, group_concat(%s) AS g FROM "
                "(SELECT * FROM Big%s LIMIT 2000) GROUP BY grp" % (column("big"), where()))
    if kind == 2:
        return ("SELECT b.id, b.%s AS x, o.%s AS y FROM Big b JOIN Other o USING (id)%s LIMIT %d"
                % (column("big"), column("other"), rnd.choice(["", " WHERE o.flag"]),
                   rnd.randrange(1, 400)))
    if kind == 3:
        return "SELECT * FROM Big NATURAL JOIN (SELECT id, other FROM Other) LIMIT 200"
    if kind == 4:
        return ("SELECT id, %s AS x, row_number() OVER (PARTITION BY grp ORDER BY v) AS n "
                "FROM Big%s LIMIT 500" % (column("big"), where()))
    if kind == 5:
        return ("CREATE TEMP TABLE t AS SELECT id, grp, %s AS x FROM Big%s;\n"
                "CREATE INDEX it ON t(grp);\n"
                "CREATE TEMP VIEW w AS SELECT grp, max(x) AS m FROM t GROUP BY grp;\n"
                "SELECT t.*, w.m FROM t LEFT JOIN w USING (grp) LIMIT 100"
                % (column("big"), where()))
    if kind == 6:
        return "SELECT count(*) AS n FROM Big"
    if kind == 7:
        return ("CREATE INDEX by_grp ON Big(grp, v);\n"
                "SELECT %s AS x, v FROM Big WHERE grp = 'c' LIMIT 50" % column())
    return "SELECT big, v, id FROM hosp.big%s LIMIT 300" % where()


for i in range(30):
    text = statement(i % 9)
    with open("R%d.sql" % i, "w", encoding="utf-8") as f:
        f.write("-- @include action/sql/sqlite\n-- @ordered\n%s-- @depend ./Other\n%s -- %d\n" % (
            "-- @depend ./Big as hosp.big\n" if "hosp." in text else "-- @depend ./Big\n", text,
            i))
P
git config sluice.store "$work/store"
store=$work/store
commit tables >/dev/null

# outcome: what each node's table is, of those that were computed how many
outcome() {
	sluice run --json 2>"$work/log" >"$work/out" ||
		fail "$(grep -v warning: "$work/log")"
	jq -c '[.nodes[] | [.node, .table]]' "$work/out"
}
computed() { jq .counts.computed "$work/out"; }
edit() { for f in [RL]*.sql; do echo "-- $1" >>"$f"; done; }
images() { find "$store/derived/sqlite" -type f 2>/dev/null | sort; }
# used: how many images were kept young since they were made old
old() { images | xargs -r touch -d '3 days ago'; }
used() { find "$store/derived/sqlite" -type f -mtime -1 | wc -l; }

# where nothing can be noted, all is read from the parts
sluice store stat >/dev/null
mkdir -p "$store/derived"
: >"$store/derived/sqlite-read"
first=$(outcome)
is "$(computed)" 34 "computed at first"
is "$(images | wc -l)" 0 "images where nothing can be noted"
rm "$store/derived/sqlite-read"

edit notes
is "$(outcome)" "$first" "tables of the next run"
edit makes
is "$(outcome)" "$first" "tables where images are made"
is "$(computed)" 31 "computed again"
[ "$(images | wc -l)" -ge 5 ] || fail "images: $(images)"
old
edit uses
is "$(outcome)" "$first" "tables from images"
[ "$(used)" -ge 5 ] || fail "none was used"
[ -z "$(find "$store/derived/sqlite" -type f ! -perm 0444)" ] || fail "a mode"
is "$(sluice store fsck --json | jq -c .damaged)" "[]" "fsck"
# a row that is longer than a leaf: it is remembered that there is none
is "$(grep -l never -r "$store/derived/sqlite-read" | wc -l)" 1 "tables without an image"

# what is executed to be held against a result has the parts
old
out=$(sluice verify --rebuild --json 2>/dev/null) || fail "$out"
is "$(used)" 0 "images used by verify --rebuild"

# a turned bit anywhere is found before the rows are
before=$(images | wc -l)
sums=$(images | xargs sha256sum)
images | python3 -c '
import os, random, sys
rnd = random.Random(1)
for path in sys.stdin.read().split():
    os.chmod(path, 0o644)
    with open(path, "r+b") as f:
        at = rnd.randrange(os.path.getsize(path))
        f.seek(at)
        byte = f.read(1)[0]
        f.seek(at)
        f.write(bytes([byte ^ 1 << rnd.randrange(8)]))
'
edit damaged
is "$(outcome)" "$first" "tables from damaged images"
is "$(images | xargs sha256sum)" "$sums" "images made anew"
is "$(sluice store fsck --json | jq -c .damaged)" "[]" "fsck afterwards"

# one that is whole and no image: the worker says so, and gets the parts
images | python3 -c '
import hashlib, os, sys
for path in sys.stdin.read().split():
    name = "".join(path.split("/")[-2:])
    data = open(path, "rb").read()[65:4096] + b"\x05" * 8192
    seal = hashlib.sha256(b"sqlite " + name.encode() + b"\n" + data).hexdigest()
    os.unlink(path)
    open(path, "wb").write(seal.encode() + b"\n" + data)
'
is "$(sluice store fsck --json | jq -c .damaged)" "[]" "fsck of what is sealed"
old
edit strange
is "$(outcome)" "$first" "tables where images are none"
[ "$(used)" -ge 5 ] || fail "no such image was opened"

# gc: those that nobody has read for its grace
sluice store gc >/dev/null
is "$(images | wc -l)" "$before" "young images after gc"
images | xargs touch -d '20 days ago'
one=$(images | head -n 1)
touch "$one"
sluice store gc >/dev/null
# the time of the last change counts as well, which nothing sets back
is "$(images | wc -l)" "$before" "images that were touched now"
sluice store gc --grace 0 >/dev/null
is "$(images | wc -l)" 0 "images after a gc without grace"
edit gone
is "$(outcome)" "$first" "tables without images"

# a full disk
[ "$INSIDE" != none ] || {
	echo "no mount namespace: a full disk was not tried"
	exit
}
mount -t tmpfs -o size=120m none "$INSIDE" || skip "no tmpfs: not tried"
cp -r "$store" "$INSIDE/store"
store=$INSIDE/store
rm -rf "$store"/derived/sqlite*
git config sluice.store "$store"
edit elsewhere
is "$(outcome)" "$first" "on another disk"
edit again
is "$(outcome)" "$first" "read again with room"
[ "$(images | wc -l)" -ge 1 ] || fail "no image with room"
most=$(df --output=avail -B1 "$INSIDE" | tail -n 1)
[ "$(images | xargs cat | wc -c)" -le $((most / 5)) ] || fail "too much of the disk"
rm -rf "$store"/derived/sqlite
free=$(df --output=avail -B1M "$INSIDE" | tail -n 1)
dd if=/dev/zero of="$INSIDE/filler" bs=1M count=$((free - 20)) status=none
edit narrow
is "$(outcome)" "$first" "with little room"
is "$(images | wc -l)" 0 "images with little room"
