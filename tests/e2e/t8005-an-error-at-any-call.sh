#!/usr/bin/env bash
# Each of 17 scenarios meets ENOSPC, EIO, EMFILE, EINTR, ENOMEM, EDQUOT, EROFS
# and short writes, once and from then on, at calls of SQLite's, libgit2's, git's
# and its own: never a false success, nothing half-published, and with the fault
# gone the end is that of a run which nobody disturbed. A sample; all of them:
# make fault.
. "$(dirname "$0")/lib.sh"
! grep -q __asan_init "$BUILD/sluice" || skip 'its programs have an environment of their own, which a sanitizer has not'
command -v cc >/dev/null || skip "no compiler"
python3 "$tests/fault/fault.py" error --points "${POINTS:-238}" \
	--seed "${SEED:-1}" --jobs 2 || fail "see above; SEED=${SEED:-1}"
