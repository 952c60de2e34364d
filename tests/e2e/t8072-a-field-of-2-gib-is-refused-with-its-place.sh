#!/usr/bin/env bash
# A row is at most 1 GiB. One with a field of 2 GiB, in a delivered file or in
# what a node gives, in each language, is refused with its reason, of a file with
# line and column; nothing of it is copied (a runner with 500 MB of memory of its
# own does it), and no byte of it is in a word about it.
TMPDIR=/var/tmp # gigabytes, which memory is too good for
. "$(dirname "$0")/lib.sh"
slow
! grep -q __asan_init "$BUILD/sluice" || skip 'a sanitizer needs memory of its own'

make_bare
make_clone
git -C "$bare" config sluice.landing "$work/landing"
mkdir "$work/landing"
python3 - "$work/landing" <<'E'
import os, sys
block = b"CANARY7302" * 104858  # 1 MiB and 4 bytes
def put(name, head, tail):
    path = os.path.join(sys.argv[1], name)
    with open(path, "wb") as f:
        f.write(head)
        for _ in range(2048):
            f.write(block)
        f.write(tail)
    os.utime(path, (1700000000, 1700000000))
put("plain.csv", b"id,x\n1,", b"\n")
put("quoted.csv", b'id,x\n0,b\n1,"""', b'"""\n')
put("open.csv", b'id,x\n0,b\n1,"', b"\n")
E
for name in plain quoted open; do
	printf '@include action/source/file\n@path %s.csv\n' $name >$name
done
write Sqlite.sql <<'E'
@include action/sql/sqlite
SELECT 1 AS id, replace(hex(zeroblob(1073741824)), '00', 'CANARY7302') AS x
E
write Shell.sh <<'E'
@include action/bash
printf 'id,x\n0,b\n1,' >out.csv
head -c 2147483648 /dev/zero | tr '\0' x >>out.csv
echo >>out.csv
E
duckdb=$BUILD/../duckdb/libduckdb.so
if [ -e "$duckdb" ]; then
	git -C "$bare" config sluice.duckdb "$(realpath "$duckdb")"
	write Duck.sql <<'E'
@include action/sql/duckdb
SELECT 1 AS id, repeat('CANARY7302', 214748365) AS x
E
fi
at=$(commit 'fields of 2 GiB')
push main
(
	ulimit -d 500000
	run_once
)
is "$(requests)" "main $at done failure" 'the run'
report=$(cd "$bare" && sluice report main --format json)
message() {
	jq -r --arg n "$1" '.failures[] | select(.node == $n).message' <<<"$report"
}
has "$(message plain)" 'plain.csv:2:3: a row of more than 1 GiB' 'a field'
has "$(message quoted)" 'quoted.csv:3:3: a row of more than 1 GiB' 'quotes in it'
has "$(message open)" 'open.csv:3:3: this quote is never closed' 'an open quote'
has "$(message Shell)" 'out.csv:3:3: a row of more than 1 GiB' 'a command'
is "$(jq -r '.failures[] | select(.node == "Sqlite") | "\(.file):\(.line): \(.message)"' \
	<<<"$report")" 'Sqlite.sql:2: string or blob too big' 'SQLite'
for format in text md json; do
	lacks "$(cd "$bare" && sluice report main --format $format)" CANARY7302 \
		"a report as $format"
done
lacks "$(cat "$work/runner.log")" CANARY7302 'the runner'
