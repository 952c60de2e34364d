#!/usr/bin/env bash
# On a terminal a run that takes longer than a second shows how far it is, also
# while one node works and nothing else happens; at the end nothing of that is
# left. Elsewhere it is a line a node.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work"
git init -q p
cd p
# so that the node can be told from outside to end
git config sluice.sandbox none
write Slow.sh <<E
# @include action/bash
until [ -e "$work/go" ]; do sleep 0.05; done
echo n >out.csv
E
commit one >/dev/null

python3 - "$work/go" >seen <<'E'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp("sluice", ["sluice", "run"])
seen = b""
while True:
    try:
        more = os.read(fd, 4096)
    except OSError:
        break
    if not more:
        break
    seen += more
    if b"nodes, 1 running" in seen:
        open(sys.argv[1], "w").close()
sys.stdout.write(seen.decode().replace("\r\n", "\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
E
out=$(cat seen)
has "$out" $'\r\e[K0/1 nodes, 1 running, 0 reused' "the line"
has "${out##*running}" $'\r\e[K1 node: 1 computed' "it is cleared"
lacks "$out" "computed Slow" "a line a node"

out=$(sluice run --no-reuse 2>&1)
has "$out" "computed Slow: 0 rows" "not on a terminal"
lacks "$out" $'\e' "no escape"
