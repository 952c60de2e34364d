#!/usr/bin/env bash
# Programs that reach for other jobs, the machine, its network and its kernel,
# or that use up the machine: each works without a sandbox, and is stopped in
# both kinds of it; the jobs beside them give what they should, and the runner's
# own memory stays as it is. The programs: tests/e2e/hostile.py.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
slow
hostile=$tests/e2e/hostile.py
unshare -U true 2>/dev/null || skip "user namespaces are not available here"

# what they want: a store with a run, a token, another job's table, a process,
# sockets of every kind
make_bare
make_clone
example
commit first >/dev/null
push main
run_once
cd "$work"
mkdir -p server.git/sluice/tmp/jobs/other/in
for f in secret token server.git/sluice/tmp/jobs/other/in/patient.csv "/dev/shm/${work##*/}.canary"; do
	echo canary >"$f"
done
trap 'rm -f "/dev/shm/${work##*/}.canary"; finish' EXIT
cat >listen.py <<'E'
import ctypes, os, socket, sys, threading
a = socket.socket(socket.AF_UNIX); a.bind("\0" + sys.argv[2]); a.listen()
u = socket.socket(socket.AF_UNIX); u.bind("socket"); u.listen()
t = socket.create_server(("127.0.0.1", 0))
d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); d.bind(("127.0.0.1", 0))
key = int.from_bytes(os.urandom(3), "big") + 1
libc = ctypes.CDLL(None)
shm = libc.shmget(key, 4096, 0o1666)
print(t.getsockname()[1], d.getsockname()[1], key, file=open("ports.new", "w"))
os.rename("ports.new", "ports")
def answer():
    while True:
        _, who = d.recvfrom(99); d.sendto(b"canary", who)
threading.Thread(target=answer, daemon=True).start()
sys.stdin.read()
libc.shmctl(shm, 0, None)
E
mkfifo end
HOSTILE=canary python3 listen.py canary "${work##*/}" <end &
started+=("$!")
HOSTILE_PID=$!
exec 8>end
wait_for 20 test -s ports
read -r HOSTILE_TCP HOSTILE_UDP HOSTILE_SHM <ports
export HOSTILE=canary HOSTILE_NAME=${work##*/} PLANTED=$work
export HOSTILE_PID HOSTILE_TCP HOSTILE_UDP HOSTILE_SHM
daemons() { pgrep -f "^canary${work##*/} 9876" || true; }

mkdir pipeline
cd pipeline
git init -q
write T.csv <<'E'
id
7
E
write Well.py <<'E'
# @include action/python
# @depend ./T
open("out.csv", "w").write(open("in/T.csv").read())
E
write Sql.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./Well
SELECT id * 2 AS id FROM Well
E
python3 "$hostile" . >"$work/table"

# -- without a sandbox each of them works --
shown=0 unshown=0
while read -r name who wanted; do
	mkdir -p "$work/plain/in"
	cd "$work/plain"
	cp "$work/pipeline/T.csv" in/
	cp "$work/pipeline/Hostile/$name.py" x.py
	rc=0
	/usr/bin/python3 -B -s x.py 9<"$work/secret" >"$work/printed" 2>&1 || rc=$?
	if [ "$wanted" = prints ]; then
		case $name in
		terminal_words) grep -q $'\033' "$work/printed" || fail "$name printed no escape" ;;
		*) [ "$(wc -c <"$work/printed")" -gt 30000000 ] || fail "$name printed little" ;;
		esac
		shown=$((shown + 1))
	elif [ "$(tail -n 1 out.csv 2>/dev/null)" = escaped ]; then
		shown=$((shown + 1))
	elif [ "$who" = root ] && [ "$(id -u)" != 0 ]; then
		unshown=$((unshown + 1))
		echo "# $name works for root alone: it is not shown to work here"
	else
		unshown=$((unshown + 1))
		echo "$name" >>"$work/unshown"
		echo "# $name does not work here even without a sandbox"
	fi
	cd "$work"
	rm -rf plain
done <"$work/table"
[ -n "$(daemons)" ] || fail "the daemon did not outlive its program"
# shellcheck disable=SC2046
kill $(daemons)
[ -e "$work/written" ] || fail "a file of the machine was not written"
rm "$work/written"
[ "$(id -u)" != 0 ] || [ "$shown" -ge 60 ] || fail "$shown are shown to work: $(cat "$work/unshown")"

# peak_of COMMAND...: runs it; the most memory of that one process, KiB, in $peak
peak_of() {
	peak=0
	"$@" >"$work/out" 2>&1 &
	local pid=$! now
	while kill -0 "$pid" 2>/dev/null; do
		now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null || true)
		[ -z "$now" ] || peak=$now
		sleep 0.1
	done
	rc=0
	wait "$pid" || rc=$?
}

# -- in a sandbox none does --
n=0 wrong=0
cd "$work/pipeline"
verdict() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2: $3"
		wrong=$((wrong + 1))
	fi
}
for way in namespaces bubblewrap; do
	rm -rf .git/sluice
	git config sluice.sandbox "$way"
	peak_of sluice run Sql --jobs 2
	is "$rc" 0 "$way: $(cat "$work/out")"
	before=$peak
	peak_of sluice run --jobs 2 9<"$work/secret"
	# (a sanitizer needs memory of its own)
	[ "$peak" -lt $((before + 16384)) ] || grep -q __asan_init "$BUILD/sluice" || fail "$way: the runner took $peak KiB, before $before"
	is "$(sluice get Sql 2>/dev/null)" "id
14" "$way: a node beside them"
	! grep -q $'\033' "$work/out" || fail "$way: what a program printed reached the terminal as it was"
	while read -r name who wanted; do
		said=$(grep -F "failed Hostile/$name:" "$work/out" || true)
		case $wanted in
		stopped)
			got=$(sluice get "Hostile/$name" 2>/dev/null | tail -n 1) || true
			rc=0
			[ "$got" = stopped ] || rc=1
			verdict "$rc" "$way $name" "$got $said"
			;;
		failed:*)
			case $said in *"${wanted#failed:}"*) rc=0 ;; *) rc=1 ;; esac
			verdict "$rc" "$way $name" "$said"
			;;
		prints)
			rc=0
			[ "$(sluice show --log "Hostile/$name" 2>/dev/null | wc -c)" -lt 700000 ] || rc=1
			verdict "$rc" "$way $name" "a long log"
			;;
		esac
	done <"$work/table"
	rc=0
	[ -z "$(daemons)" ] || rc=1
	verdict "$rc" "$way: no process is left" "$(daemons)"
	rc=0
	[ ! -e "$work/written" ] || rc=1
	verdict "$rc" "$way: no file of the machine is written" ""
	rc=0
	[ -z "$(find .git/sluice/tmp/jobs -mindepth 1)" ] || rc=1
	verdict "$rc" "$way: nothing is left of the jobs" "$(find .git/sluice/tmp/jobs)"
done
exec 8>&-
echo "1..$n"
echo "# $shown shown to work without a sandbox, $unshown not"
[ "$wrong" = 0 ] || fail "$wrong of $n are not stopped"
