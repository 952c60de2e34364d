#!/usr/bin/env bash
# coverage.sh DIR: lines and branches (taken at least once) of each file, fewest
# branches first, then of each layer and of all, from the counts in DIR. A file
# that no test ran counts with all it has. C has no hidden branches: without
# optimisation each is one of the source, and none is left out.
set -eu
cd "$(dirname "$0")/.."
find "$1" -name '*.gcno' -not -path '*/tests/*' | while read -r notes; do
	gcov -b -n -o "$(dirname "$notes")" "$notes" 2>/dev/null || true
done | awk '
	function share(hit, of) { return of ? 100 * hit / of : 100 }
	function add(name) {
		all[name] += lines; hit[name] += lines_hit
		all_b[name] += branches; hit_b[name] += branches_hit
	}
	function finish(layer) {
		if (lines == 0)
			return
		printf "%6.1f %% lines %6.1f %% branches  %s (%d, %d)\n", share(lines_hit, lines),
			share(branches_hit, branches), file, lines, branches | "sort -n -k4"
		layer = file
		sub(/\/[^\/]*$/, "", layer)
		add(layer)
		add("all")
		lines = 0
	}
	/^File/ {
		finish()
		file = $2
		gsub(/\x27/, "", file)
		is_ours = file ~ /^(cache|runner|reports|hooks)\/.*\.c$/
		branches = branches_hit = 0
	}
	# the first such line after its file; one without a file is a sum
	/^Lines executed:/ && is_ours && lines == 0 {
		split($0, w, /[:% ]+/)
		lines = $NF
		lines_hit = w[3] * $NF / 100
	}
	/^Taken at least once:/ && is_ours && lines > 0 {
		split($0, w, /[:% ]+/)
		branches = $NF
		branches_hit = w[5] * $NF / 100
	}
	/^$/ { finish(); is_ours = 0 }
	END {
		finish()
		close("sort -n -k4")
		for (l in all)
			printf "%-20s %5.1f %% of %d lines, %5.1f %% of %d branches\n", l,
				share(hit[l], all[l]), all[l], share(hit_b[l], all_b[l]), all_b[l]
	}'
