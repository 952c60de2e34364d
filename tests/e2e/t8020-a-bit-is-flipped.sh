#!/usr/bin/env bash
# Single bits of blobs, results, manifests and derived forms are turned, and
# databases are noise, short or gone: nobody is served what is wrong, fsck finds
# it, and a run makes all of it as it was.
. "$(dirname "$0")/lib.sh"
! grep -q __asan_init "$BUILD/sluice" || skip 'its programs have an environment of their own, which a sanitizer has not'
python3 "$tests/fault/flip.py" --flips "${FLIPS:-60}" --seed "${SEED:-1}" ||
	fail "see above; SEED=${SEED:-1}"
