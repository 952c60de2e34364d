#!/usr/bin/env bash
# Each of 17 scenarios is killed just before calls that change something, once
# and again while it recovers: what was acknowledged holds, the store verifies,
# and the end is that of a run which nobody disturbed. A sample; all of them:
# make fault.
. "$(dirname "$0")/lib.sh"
! grep -q __asan_init "$BUILD/sluice" || skip 'its programs have an environment of their own, which a sanitizer has not'
command -v cc >/dev/null || skip "no compiler"
python3 "$tests/fault/fault.py" kill --points "${POINTS:-153}" \
	--seed "${SEED:-1}" --jobs 2 || fail "see above; SEED=${SEED:-1}"
