#!/usr/bin/env bash
# Three files of 100 MB each, in windows-1252, are one table, taken and read by
# a runner that may have 250 MB of memory of its own.
. "$(dirname "$0")/lib.sh"
! grep -q __asan_init "$BUILD/sluice" || skip 'a sanitizer needs memory of its own'

make_bare
make_clone
landing=$work/landing
mkdir -p "$landing"
git -C "$bare" config sluice.landing "$landing"
rows=$(python3 - "$landing" <<'P'
import os, sys
rows = 0
for k in range(3):
    lines = [b"%d|M\xfcller %d|%d.%d|caf\xe9 \x80\r\n" % (
        i * 7919 % 1000003 * 3 + k, i % 1000, i % 500, i % 10)
        for i in range(30000)]
    block = b"".join(lines)
    path = os.path.join(sys.argv[1], "%d.txt" % k)
    with open(path, "wb") as f:
        f.write(b"id|name|value|note\r\n")
        while f.tell() < 100_000_000:
            f.write(block)
            rows += len(lines)
    os.utime(path, (1700000000, 1700000000))
print(rows)
P
)
write Large <<'S'
@include action/source/file
@path *.txt
@format delimiter=| encoding=windows-1252
S
large=$(commit 'large')
push main
(
	ulimit -d 250000
	run_once
)
is "$(requests)" "main $large done success" 'the run'
is "$(run_of main manifest.json | jq .nodes.Large.rows)" "$rows" 'its rows'
snapshot=$(git -C "$bare" show refs/sluice/snapshots:snapshot.json)
is "$(jq '[.sources[].bytes] | add >= 300000000' <<<"$snapshot")" true 'its files'
is "$(jq -r '.sources["1.txt"].blob' <<<"$snapshot")" \
	"$(sha256sum <"$landing/1.txt" | cut -d' ' -f1)" 'the bytes of one'
