#!/usr/bin/env bash
# The power is cut under each scenario, on ext4 and XFS: what was acknowledged
# is there when it is back.
. "$(dirname "$0")/lib.sh"
! grep -q __asan_init "$BUILD/sluice" || skip 'its programs have an environment of their own, which a sanitizer has not'
command -v cc >/dev/null || skip "no compiler"
rc=0
python3 "$tests/fault/power.py" --cuts "${CUTS:-60}" --seed "${SEED:-1}" \
	--jobs 2 >"$work/said" || rc=$?
cat "$work/said"
[ "$rc" != 77 ] || skip "no cut was made: $(grep SKIPPED "$work/said" | head -n 1)"
[ "$rc" = 0 ] || fail "see above; SEED=${SEED:-1}"
