#!/usr/bin/env bash
# coverage.sh DIR: line coverage of each file, worst first, and of each layer,
# from the counts in DIR. A file that no test ran counts with all its lines.
set -eu
cd "$(dirname "$0")/.."
find "$1" -name '*.gcno' -not -path '*/tests/*' | while read -r notes; do
	gcov -n -o "$(dirname "$notes")" "$notes" 2>/dev/null
done | awk '
	/^File/ { file = $2; gsub(/\x27/, "", file) }
	# the first such line after its file; one without a file is a sum
	/^Lines executed:/ && file ~ /^(cache|runner|reports|hooks)\/.*\.c$/ {
		split($0, w, /[:% ]+/)
		layer = file
		sub(/\/[^\/]*$/, "", layer)
		all[layer] += $NF
		hit[layer] += w[3] * $NF / 100
		printf "%6.1f %%  %s (%d lines)\n", w[3], file, $NF | "sort -n"
		file = ""
	}
	END {
		close("sort -n")
		for (l in all)
			printf "layer %-14s %5.1f %% of %d lines\n", l, 100 * hit[l] / all[l], all[l]
	}'
