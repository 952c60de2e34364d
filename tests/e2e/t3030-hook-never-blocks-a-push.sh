#!/usr/bin/env bash
# The hook exits 0 and soon, whatever is wrong around it: no runner, a runner
# that never answers, a pusher who is gone and reads nothing, a full disk, a
# push of 10,000 refs; it hands on nothing of its environment.
. "$(dirname "$0")/lib.sh"

make_bare
cd "$bare"
zero=$(printf '0%.0s' {1..40})
a=$(printf 'a%.0s' {1..40})
line="$zero $a refs/heads/main"
hook() { sluice-hook "$@"; }

# its own time, the sync apart: the best of five by the machine's clock, since
# a busy machine can hold up any process
own_ms() {
	local best=999999 i from to
	for i in 1 2 3 4 5; do
		from=$(date +%s%N)
		printf '%s\n' "$line" | hook >"$work/said" || fail 'exit status'
		to=$(date +%s%N)
		[ $(((to - from) / 1000000)) -ge "$best" ] ||
			best=$(((to - from) / 1000000))
	done
	echo "$best"
}
ms=$(own_ms)
echo "without a runner: $ms ms, sync included"
has "$(cat "$work/said")" 'no runner' 'without a runner'

# a runner that listens and never answers
python3 - "$bare/sluice/runner/socket" <<'E' &
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(64)
time.sleep(600)
E
started+=("$!")
wait_for 20 test -S "$bare/sluice/runner/socket"
ms=$(own_ms)
echo "a runner that never answers: $ms ms, sync included"
has "$(cat "$work/said")" 'queued' 'a runner that never answers'
is "$(wc -l <"$work/said")" 1 'lines'
kill "${started[-1]}"
rm -f "$bare/sluice/runner/socket"

# a pusher who is gone: a full pipe that nobody reads
python3 - "$line" <<'E'
import os, subprocess, sys
r, w = os.pipe()
os.set_blocking(w, False)
try:
    while True:
        os.write(w, b"x" * 65536)
except BlockingIOError:
    pass
os.set_blocking(w, True)
p = subprocess.run(["sluice-hook"], input=sys.argv[1].encode() + b"\n",
                   stdout=w, stderr=w, timeout=20)
assert p.returncode == 0, p.returncode
# and one whose other end is closed
os.close(r)
p = subprocess.run(["sluice-hook"], input=sys.argv[1].encode() + b"\n",
                   stdout=w, stderr=w, timeout=20)
assert p.returncode == 0, p.returncode
E

# nothing to write to, a spool that is no directory
printf '%s\n' "$line" | hook >&- 2>&- || fail 'closed stdout'
printf '%s\n' "$line" | hook >/dev/full || fail '/dev/full'
mv sluice sluice.away
: >sluice
printf '%s\n' "$line" | hook >"$work/said" || fail 'no spool'
has "$(cat "$work/said")" 'not queued' 'no spool'
rm sluice
mv sluice.away sluice
rm -f sluice/runner/spool/*

# what is no push
printf 'junk' | hook >/dev/null || fail 'junk'
printf '' | hook >"$work/said" || fail 'nothing'
is "$(cat "$work/said")" '' 'nothing says nothing'
head -c 20000000 /dev/zero | hook >/dev/null || fail 'zeros'
is "$(find sluice/runner/spool -type f | wc -l)" 0 'junk is not spooled'

# 10,000 refs
for ((i = 0; i < 10000; i++)); do echo "$zero $a refs/heads/b$i"; done |
	hook >"$work/said" || fail '10,000 refs'
is "$(grep -c 'refs/heads/' sluice/runner/spool/*)" 10000 'all are spooled'
rm sluice/runner/spool/*

# the password of a push over HTTP, and all else, stays out of what is kept
printf '%s\n' "$line" | HTTP_AUTHORIZATION='Basic c2VjcmV0' \
	GIT_PUSH_OPTION_0=s3cret REMOTE_USER=alice hook >/dev/null
grep -rq 'c2VjcmV0\|s3cret' sluice && fail 'the environment was stored'
has "$(cat sluice/runner/spool/*)" 'sluice-push/1 alice' 'who pushed'
rm sluice/runner/spool/*

# a runner it starts has an environment of its own, and holds nothing open
cat >"$work/program" <<'E'
#!/bin/sh
tr '\0' '\n' </proc/$$/environ >"$2/env"
ls -l /proc/$$/fd >"$2/fds"
E
chmod +x "$work/program"
printf '%s\n' "$line" | HTTP_AUTHORIZATION='Basic c2VjcmV0' GIT_DIR=. \
	hook --start "$work/program" >"$work/said"
has "$(cat "$work/said")" 'a runner was started' 'started'
wait_for 20 test -s "$bare/fds"
is "$(cut -d= -f1 env | grep -vE '^(PWD|_|SHLVL|OLDPWD)$' | sort | tr '\n' ' ')" \
	'HOME PATH ' 'the environment of a runner'
lacks "$(cat fds)" pipe: 'a pipe of the push is held'

# a real push: done while the runner is dead, exit 0
git init -q --bare -b main "$work/real.git"
sluice install "$work/real.git" >/dev/null
bare=$work/real.git
make_clone
example
commit one >/dev/null
push main
