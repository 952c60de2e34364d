#!/usr/bin/env bash
# @memory bounds what all processes of a node take together, files in memory
# among it, where the machine has control groups for it: a node of four
# processes that each stay below it is ended, one of its processes is, or it is
# told so; a node below it runs, and no group is left behind.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
mkdir "$work/p" && cd "$work/p" && git init -q
group=$(sluice job --sandbox | sed -n 's/^cgroup \([^:]*\):.*/\1/p')
[ "$group" != none ] || skip "no control groups for memory and processes here"
[ -n "$group" ] || fail "the profile says nothing of control groups"

# $1 processes of 150 MiB each that are there at the same time
node() {
	write "$2.py" <<E
# @include action/python
# @memory 512MiB
import subprocess, sys
one = "import sys; b = bytearray(150 << 20); b[::4096] = b'x' * len(b[::4096]); print('full', flush=True); sys.stdin.read()"
n = [subprocess.Popen([sys.executable, "-c", one], stdin=-1, stdout=-1) for _ in range($1)]
full = [p.stdout.readline() == b"full\\n" for p in n]
for p in n:
    p.communicate()
# one that was full may be the one that is ended for another
escaped = all(full) and all(p.returncode == 0 for p in n)
open("out.csv", "w").write("r\\n%s\\n" % ("escaped" if escaped else "stopped"))
E
}
node 1 One
node 4 Four
write Shared.py <<'E'
# @include action/python
# @memory 512MiB
with open("/dev/shm/big", "wb") as f:
    for _ in range(900):
        f.write(bytes(1 << 20))
open("out.csv", "w").write("r\nescaped\n")
E
# without the sandbox: no group, and each process is below its own limit
git config sluice.sandbox none
sluice run Four >/dev/null 2>&1 || fail "four processes do not run here at all"
is "$(sluice get Four)" "r
escaped" "without a sandbox"
rm -f /dev/shm/big
for way in namespaces bubblewrap; do
	rm -rf .git/sluice
	git config sluice.sandbox "$way"
	sluice run >"$work/out" 2>&1 || true
	is "$(sluice get One 2>&1)" "r
escaped" "$way: a node below its limit"
	got=$(sluice get Four 2>/dev/null || true)
	lacks "$got" escaped "$way: four processes"
	has "$got$(cat "$work/out")" "$([ -n "$got" ] && echo stopped || echo 'failed Four: killed')" "$way: how it ended"
	lacks "$(sluice get Shared 2>/dev/null || true)" escaped "$way: a file in memory"
	has "$(cat "$work/out")" "failed Shared: " "$way: a file in memory"
done
# where groups are made: not elsewhere, where others on this machine have theirs
places() {
	sed -nE 's@^[0-9]+:(.*,)?(memory|pids)(,.*)?:(/.*)@/sys/fs/cgroup/\2\4@p
		s@^0::@/sys/fs/cgroup@p' /proc/self/cgroup
}
# what others left who were killed, the next command takes away
none_left() {
	rm -rf .git/sluice
	sluice run One >/dev/null 2>&1
	places | xargs -I@ find @ -maxdepth 1 -name 'sluice-*' 2>/dev/null | while read -r g; do
		[ -d "/proc/${g##*sluice-}" ] || exit 1
	done
}
wait_for 60 none_left
