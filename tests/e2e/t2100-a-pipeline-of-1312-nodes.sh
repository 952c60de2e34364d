#!/usr/bin/env bash
# A pipeline of 1,312 nodes (93 clinics that mount one library, a fan-out of
# 93, a node of 220 inputs, unions over all, layers of random queries): every
# cell, and after each edit what runs, are what an oracle in Python says.
. "$(dirname "$0")/lib.sh"
mkdir "$work/p" && cd "$work/p" && git init -q
commit "nothing yet" >/dev/null
python3 "$tests/e2e/clinics.py"
