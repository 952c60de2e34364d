#!/usr/bin/env bash
# Kinds of nondeterminism, planted one a node. What the sandbox does not promise
# is found by executing twice, and named with its columns; what it promises is
# the same twice, and is another where the same code runs without the promise.
. "$(dirname "$0")/lib.sh"

[ -z "${SANDBOX:-}" ] || skip "without a sandbox nothing is promised"
make_bare
git -C "$bare" config sluice.verifyShare 1
make_clone
printf 'id\n1\n' >p.csv

n_found=0 n_pinned=0
: >"$work/found"
# each node has a column `same` beside those that differ
node() { # FILE CODE
	local action=bash
	case $1 in *.py) action=python ;; *.R) action=r ;; esac
	printf '# @include action/%s\n# @depend ./p\n%s\n' "$action" "$2" >"$1"
}
found() { # FILE COLUMNS CODE
	node "$1" "$3"
	echo "${1%.*} $2" >>"$work/found"
	n_found=$((n_found + 1))
}
row='row() { printf "same,x\n1,%s\n" "$*" >out.csv; }
'
py='import ctypes, os, random, sys, tempfile, threading, time, uuid
def row(x): open("out.csv", "w").write(f"same,x\n1,{x}\n")
def rows(l): open("out.csv", "w").write("same,n,x\n" + "".join(f"1,{i},{x}\n" for i, x in enumerate(l)))
'
r='row <- function(x) writeLines(c("same,x", paste0("1,", x)), "out.csv")
'

# --- found: the clock ---
found Day.sh x "$row"'row "$(date +%F)"'
found Month.py x "$py"'row(time.strftime("%m"))'
found Hour.sh x "$row"'printf -v h "%(%H:%M:%S)T" -1; row "$h"'
found RDay.R x "$r"'row(format(Sys.time(), "%Y-%m-%d"))'
found Awk.sh x "$row"'row "$(awk "BEGIN { srand(); srand(); print srand() }")"'
found Elapsed.py x "$py"'t = time.perf_counter(); time.sleep(0.001); row(time.perf_counter() - t)'
found Uptime.sh x "$row"'read -r up _ </proc/uptime; row "$up"'
found Started.sh x "$row"'row "$(cut -d" " -f22 /proc/self/stat)"'
found Written.sh x "$row"'touch t; row "$(stat -c %.9Y t)"'
# --- found: chance ---
found Shell.sh x "$row"'row "$RANDOM$RANDOM"'
found Urandom.sh x "$row"'row "$(od -An -N8 -tx8 /dev/urandom | tr -d " ")"'
found Kernel.sh x "$row"'row "$(cat /proc/sys/kernel/random/uuid)"'
found Random.py x "$py"'row(random.random())'
found Uuid.py x "$py"'row(uuid.uuid4())'
found Runif.R x "$r"'row(runif(1))'
found Temp.sh x "$row"'row "$(basename "$(mktemp)")"'
found Tempfile.py x "$py"'row(os.path.basename(tempfile.mkdtemp()))'
# --- found: who and where ---
found Pid.sh x "$row"'row "$$"'
found Child.py x "$py"'row(os.getpid())'
found Inode.sh x "$row"'row "$(stat -c %i:%.9W in/p.csv)"' # a number may be given again
found Cores.py x "$py"'row(os.cpu_count())'
found RCores.R x "$r"'row(parallel::detectCores())'
found Cpuinfo.sh x "$row"'row "$(grep -c ^processor /proc/cpuinfo)"'
# --- found: addresses and what lies there ---
found Id.py x "$py"'row(id(row))'
found Repr.py x "$py"'row(repr(object()))'
found Objects.py n,x "$py"'T = type("T", (), {"__init__": lambda t, i: setattr(t, "i", i)})
rows([o.i for o in {T(i) for i in range(20000)}])'
found Uninitialised.py x "$py"'c = ctypes.CDLL(None)
c.malloc.restype = ctypes.c_void_p
c.free.argtypes = [ctypes.c_void_p]
many = [c.malloc(4000) for i in range(8)]
for p in many: c.free(p)
row(ctypes.string_at(c.malloc(4000), 16).hex())'
# --- found: order ---
found Listdir.py n,x "$py"'os.mkdir("/tmp/d")
for f in "qwertyuiop": open("/tmp/d/" + f, "w")
rows(os.listdir("/tmp/d"))'
found Find.sh n,x 'mkdir /tmp/d && touch /tmp/d/{q,w,e,r,t,y}
{ echo same,n,x; find /tmp/d -type f | awk -F/ "{ print 1 \",\" NR \",\" \$NF }"; } >out.csv'
found Background.sh n,x 'for round in {1..20}; do
	bash -c "for i in 1 2 3 4; do echo $round\$i >>l & done; wait"
done
{ echo same,n,x; awk "{ print 1 \",\" NR \",\" \$0 }" l; } >out.csv'
found Xargs.sh n,x 'for round in {1..20}; do
	printf "%s\n" 1 2 3 4 | xargs -P 4 -I{} sh -c "echo $round{} >>l"
done
{ echo same,n,x; awk "{ print 1 \",\" NR \",\" \$0 }" l; } >out.csv'
found Threads.py x "$py"'seen, both_are_there = [], threading.Barrier(2)
sys.setswitchinterval(1e-5)
def work(i):
    both_are_there.wait()
    for k in range(300000): seen.append(i)
both = [threading.Thread(target=work, args=(i,)) for i in (0, 1)]
for t in both: t.start()
for t in both: t.join()
row(hash(tuple(i for i in range(1, len(seen)) if seen[i] != seen[i - 1])))'
found Pool.py n,x "$py"'import multiprocessing
def work(i):
    time.sleep(random.random() / 100)
    return i
if __name__ == "__main__":
    with multiprocessing.Pool(4) as p: rows(p.imap_unordered(work, range(20)))'

# --- promised: PLACE in the sandbox, and the same code elsewhere ---
# pinned FILE CODE A B: without the sandbox's promise, executed behind the
# words A and behind the words B, the code gives two tables
wrong=$work/wrong
pinned() {
	local out=() side dir words
	node "$1" "$2"
	n_pinned=$((n_pinned + 1))
	for side in "$3" "$4"; do
		dir=$(mktemp -d "$work/XXXXXX")
		mkdir "$dir/in"
		cp p.csv "$dir/in/p.csv"
		case $1 in *.py) words=(python3) ;; *.R) words=(Rscript --vanilla) ;; *) words=(bash) ;; esac
		# shellcheck disable=SC2086
		(cd "$dir" && $side "${words[@]}" "$clone/$1" >/dev/null 2>&1) ||
			fail "$1 behind '$side'"
		out+=("$(cat "$dir/out.csv")")
	done
	[ "${out[0]}" != "${out[1]}" ] || echo "$1" >>"$wrong"
}
box='bwrap --unshare-user --unshare-uts --ro-bind / / --bind . /mnt --chdir /mnt'
pinned Set.py "$py"'rows({"a", "b", "c", "d", "e", "f", "g"})' \
	'env PYTHONHASHSEED=1' 'env PYTHONHASHSEED=2'
pinned Hash.py "$py"'row(hash("a"))' 'env PYTHONHASHSEED=random' 'env PYTHONHASHSEED=random'
pinned Letters.sh "$row"'x=$(printf "\303\244"); row "${#x}"' 'env LC_ALL=C' 'env LC_ALL=C.UTF-8'
pinned Zone.sh "$row"'row "$(date -d @0 +%H)"' 'env TZ=UTC' 'env TZ=JST-9'
pinned RZone.R "$r"'row(format(as.POSIXct(0, origin = "1970-01-01"), "%H"))' 'env TZ=UTC' 'env TZ=JST-9'
pinned Host.sh "$row"'row "$(uname -n)"' "$box --hostname one" "$box --hostname two"
pinned User.sh "$row"'row "$(id -u)"' "$box --uid 2001" "$box --uid 2002"
pinned Home.sh "$row"'row "$HOME"' 'env HOME=/home/ann' 'env HOME=/home/bob'
pinned TempDir.py "$py"'row(tempfile.gettempdir())' "env TMPDIR=/tmp" "env TMPDIR=$work"
pinned Variables.sh "$row"'row "$(env | grep -c .)"' 'env A=1' 'env A=1 B=2'
pinned Nproc.sh "$row"'row "$(nproc)"' 'env OMP_NUM_THREADS=1' 'env OMP_NUM_THREADS=2'
pinned Place.sh "$row"'row "$PWD"' 'env' 'env'
pinned Age.sh "$row"'row "$(stat -c %.9Y in/p.csv)"' 'env' 'env'
[ ! -e "$wrong" ] || fail "the same without its promise: $(tr '\n' ' ' <"$wrong")"

# the runner's own variables are none of the jobs'
commit planted >/dev/null
push main
B=2 run_once

manifest=$(run_of main manifest.json)
is "$(jq -c '[.nodes[] | select(.state != "ok")]' <<<"$manifest")" '[]' "all have a table"
got=$(jq -r '.nodes | to_entries[] | select(.value.unstable)
	| "\(.key) \(.value.differs.columns // [] | join(","))"' <<<"$manifest" | sort)
is "$got" "$(sort "$work/found")" "what is found, and its columns"
[ "$n_found" -ge 20 ] || fail "only $n_found kinds"

# a verified result is of what is promised, and of nothing else
verified=$(jq -r '.nodes | to_entries[] | "\(.key) \(.value.key)"' <<<"$manifest" | while read -r name key; do
	if jq -e .records.verified "$bare/sluice/results/${key:0:2}/${key:2}" >/dev/null; then
		echo "$name"
	fi
done)
is "$(wc -w <<<"$verified")" "$n_pinned" "how many are verified"
is "$(comm -12 <(sort <<<"$verified") <(cut -d' ' -f1 "$work/found" | sort))" "" "none that is unstable"
is "$(cd "$bare" && sluice report main --format json | jq -r '.attention[] | select(.kind == "unstable")
	| "\(.node) \(.columns | join(","))"')" "$(sort "$work/found")" "the report"
echo "$n_found kinds found, $n_pinned made impossible"
