#!/usr/bin/env bash
# run.sh unit|e2e|all PROGRAM... [-- SCRIPT...]: runs each test program,
# JOBS at a time, shows the output of those that fail, and closes with
# "N passed, N failed, N skipped". A program passes with exit 0 and is
# skipped, loudly, with 77. UNDER has the words in front of each (valgrind).
#
# JOBS is twice the number of processors where nothing says otherwise: a script
# waits for more than it computes. Those that are slow() come first. What a test
# writes lies in memory, where there is room, because most of what tests waited
# for was the disk's syncs; TMPDIR=/tmp leaves it on the disk.
set -u
cd "$(dirname "$0")/.." || exit 2
what=$1
shift
: "${BUILD:?BUILD names the directory of the programs}"
export BUILD PATH="$BUILD:$PATH"
# Room that tests take at most, and as much again, in KiB; and it may hold
# programs.
memory=/dev/shm room=4194304
in_memory() {
	local free probe rc=0
	free=$(df -k --output=avail "$memory" 2>/dev/null | tail -n 1)
	[ "${free:-0}" -ge "$room" ] || return
	free=$(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo 2>/dev/null)
	[ "${free:-0}" -ge "$room" ] || return
	probe=$(mktemp "$memory/sluice-test.XXXXXX") || return
	printf '#!/bin/sh\n' >"$probe" && chmod +x "$probe"
	"$probe" 2>/dev/null || rc=$?
	rm -f "$probe"
	return "$rc"
}
if [ -z "${TMPDIR:-}" ] && in_memory; then export TMPDIR=$memory; fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
jobs=${JOBS:-$((2 * $(nproc)))}
[ -z "${FACTS:-}" ] || mkdir -p "$FACTS"

one() {
	local t=$1 log=$2 rc took
	local TIMEFORMAT='%1R s, cpu %1U + %1S'
	# shellcheck disable=SC2086
	took=$({ time timeout "${TEST_TIMEOUT:-600}" ${UNDER:-} "$t" >"$log" 2>&1 </dev/null; } 2>&1)
	rc=$?
	case $rc in
	0) echo "ok      $t ($took)" && echo pass >>"$log.state" ;;
	77) echo "SKIPPED $t: $(tail -n 1 "$log")" && echo skip >>"$log.state" ;;
	*)
		echo "FAILED  $t (exit $rc, $took)"
		sed 's/^/    /' "$log" | tail -n 80
		echo fail >>"$log.state"
		;;
	esac
	# for docs/RELIABILITY.md
	[ -z "${FACTS:-}" ] || printf '{"state":"%s"}\n' "$(cat "$log.state")" \
		>"$FACTS/e2e-$(basename "$t" .sh).json"
}

# Slow ones last would be waited for alone.
first=() tests=()
for t in "$@"; do
	case $t in
	--) ;;
	*.sh)
		if grep -qE '^slow$' "$t"; then first+=("$t"); else tests+=("$t"); fi
		;;
	*) tests+=("$t") ;;
	esac
done
tests=("${first[@]}" "${tests[@]}")
[ "$what" = all ] && tests+=(tests/cases/run.sh)
n=0
for t in "${tests[@]}"; do
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
	n=$((n + 1))
	one "$t" "$out/$n" &
done
wait
count() { cat "$out"/*.state 2>/dev/null | grep -c "^$1$"; }
failed=$(count fail)
echo "$(count pass) passed, $failed failed, $(count skip) skipped"
[ "$failed" = 0 ] && [ "$n" -gt 0 ]
