#!/usr/bin/env bash
# landing.sh [FILES]: a landing directory of so many files (default 100000), a
# hundred a directory, of which none has changed: `sluice snapshot --take` beside
# find, which looks at each of them once, where we look twice, know each again,
# and ask the store for its bytes. And the memory of both.
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$PWD/build:$PATH
here=$PWD/tests/bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_AUTHOR_NAME=b GIT_AUTHOR_EMAIL=b@example.org GIT_COMMITTER_NAME=b GIT_COMMITTER_EMAIL=b@example.org
n=${1:-100000}

python3 - "$work/landing" "$n" <<'P'
import os, sys
root, n = sys.argv[1], int(sys.argv[2])
for i in range(n):
    d = "%s/clinic%02d/%03d" % (root, i // 10000, i // 100 % 100)
    if i % 100 == 0:
        os.makedirs(d)
    path = "%s/2026-%06d.csv" % (d, i)
    with open(path, "w") as f:
        f.write("id,value\n%d,1\n" % i)
    os.utime(path, (1700000000, 1700000000))
P
git init -q --bare -b main "$work/server.git"
git -C "$work/server.git" config sluice.landing "$work/landing"
git init -q -b main "$work/desk"
cd "$work/desk"
printf '@include action/source/file\n@path */*/*.csv\n' >Labs
git add Labs
git commit -qm labs
git push -q "$work/server.git" main
cd "$work/server.git"
sluice snapshot --take >/dev/null 2>&1

echo
echo "## $n files in a landing directory, none of them changed"
echo
echo "| what | ms (median) | ratio to the last row |"
echo "|---|--:|--:|"
python3 "$here/time.py" 5 "sluice snapshot --take=sluice snapshot --take" \
	"find=find $work/landing -printf '%s %T@ %C@ %i %p\n'"
echo
python3 - "$work/landing" <<'P'
import resource, subprocess, sys
for command in (["find", sys.argv[1], "-printf", "%s %T@ %C@ %i %p\n"],
                ["sluice", "snapshot", "--take"]):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print("%s: at most %.0f MB" % (command[0], most / 1024))
P
