#!/usr/bin/env bash
# run.sh [quick|coverage]: every fault, everywhere; what was counted goes to
# build/facts, from which `make reliability` writes docs/RELIABILITY.md. quick is
# what continuous integration runs beside the tests, which have as many cuts of
# power and flips (t8010, t8020); without it the numbers are those of the long
# form, which takes hours. SEED=N repeats one. coverage is the errors and the
# allocations alone, as many as take the ends of calls that fail: for the counts
# of the programs in $BUILD, and no fact.
set -u
cd "$(dirname "$0")/../.." || exit 2
: "${BUILD:?BUILD names the directory of the programs}"
export BUILD FACTS=${FACTS:-$PWD/build/facts} SEED=${SEED:-1}
# points of death, of errors, of allocations; cuts of power; flips. Four seeds
# that follow each other are all errors at all calls.
if [ "${1:-}" = quick ]; then
	kill=2400 error=(--points 400) power=0 flip=0 agains=1
else
	kill=0 error=(--each 4) oom=0 power=600 flip=2000 agains=4
fi
passed=0 failed=0 skipped=0
step() { # WORDS COMMAND...
	local rc=0 start=$SECONDS words=$1
	shift
	echo "== $words"
	"$@" || rc=$?
	echo "== $words: $((SECONDS - start)) s"
	case $rc in
	0) passed=$((passed + 1)) ;;
	77) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
}
unit() { # LAYER/NAME...: those of the seam, whose counts are their own words
	local t
	for t in "$@"; do
		make --no-print-directory -s "${BUILD#"$PWD/"}/tests/$t" || return
		"$BUILD/tests/$t" >"$FACTS/${t#*/}.log" 2>&1 || {
			cat "$FACTS/${t#*/}.log"
			return 1
		}
	done
}
if [ "${1:-}" = coverage ]; then
	export FACTS='' OOM_BUILD=$BUILD
	step 'errors' python3 tests/fault/fault.py error --points 2000
	step 'allocations' python3 tests/fault/oom.py --ways
	echo "coverage: $passed passed, $failed failed"
	[ "$failed" = 0 ]
	exit
fi
mkdir -p "$FACTS"
step 'the seam, in one process' unit cache/test_store_faults \
	cache/test_store_unsynced
step 'death' python3 tests/fault/fault.py kill --points $kill --agains $agains
[ $power = 0 ] || step 'power' python3 tests/fault/power.py --cuts $power
step 'errors' python3 tests/fault/fault.py error "${error[@]}"
# under the sanitizers, from programs of their own: too long for the short form
[ "${1:-}" = quick ] ||
	step 'allocations' python3 tests/fault/oom.py --points "$oom"
[ $flip = 0 ] || step 'flips' python3 tests/fault/flip.py --flips $flip
echo "fault: seed $SEED: $passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
