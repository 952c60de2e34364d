#!/usr/bin/env bash
# run.sh unit|e2e|all PROGRAM... [-- SCRIPT...]: runs each test program,
# JOBS at a time, shows the output of those that fail, and closes with
# "N passed, N failed, N skipped". A program passes with exit 0 and is
# skipped, loudly, with 77. UNDER has the words in front of each (valgrind).
set -u
cd "$(dirname "$0")/.." || exit 2
what=$1
shift
: "${BUILD:?BUILD names the directory of the programs}"
export BUILD PATH="$BUILD:$PATH"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
jobs=${JOBS:-$(nproc)}
[ -z "${FACTS:-}" ] || mkdir -p "$FACTS"

one() {
	local t=$1 log=$2 rc
	local start=$SECONDS
	# shellcheck disable=SC2086
	timeout "${TEST_TIMEOUT:-600}" ${UNDER:-} "$t" >"$log" 2>&1 </dev/null
	rc=$?
	case $rc in
	0) echo "ok      $t ($((SECONDS - start)) s)" && echo pass >>"$log.state" ;;
	77) echo "SKIPPED $t: $(tail -n 1 "$log")" && echo skip >>"$log.state" ;;
	*)
		echo "FAILED  $t (exit $rc)"
		sed 's/^/    /' "$log" | tail -n 80
		echo fail >>"$log.state"
		;;
	esac
	# for docs/RELIABILITY.md
	[ -z "${FACTS:-}" ] || printf '{"state":"%s"}\n' "$(cat "$log.state")" \
		>"$FACTS/e2e-$(basename "$t" .sh).json"
}

tests=()
for t in "$@"; do [ "$t" = -- ] || tests+=("$t"); done
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
