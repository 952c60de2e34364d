#!/usr/bin/env bash
# Random pipelines, random edits: after each, what ran is what had to and no
# more, every table is what an oracle in Python says, and at the end all are
# the same from an empty store. SEEDS="1 2 3" EDITS=20 for more.
. "$(dirname "$0")/lib.sh"
for seed in ${SEEDS:-7 12 20}; do
	mkdir "$work/$seed" && cd "$work/$seed" && git init -q
	commit "nothing yet" >/dev/null
	python3 "$tests/e2e/random_edits.py" "$seed" "${EDITS:-8}"
done
