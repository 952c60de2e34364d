#!/usr/bin/env bash
# run.sh SECONDS [NAME...]: each fuzz target (fuzz_NAME.c, libFuzzer with ASan
# and UBSan) for that long, JOBS at a time (the number of processors), from its
# corpus and SEED (1). What crashes, leaks, hangs or takes too much memory is
# kept in build/fuzz, with the command that shows it again; then it fails.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-20}
shift || true
seed=${SEED:-1}
jobs=${JOBS:-$(nproc)}
B=build/fuzz
export LSAN_OPTIONS=suppressions=tests/lsan.supp:print_suppressions=0
layers="hooks reports runner lang cache base"
libs=()
for l in $layers; do libs+=("$B/lib$l.a"); done
libs+=("$B/runner/duckdb_clock.o")
make --no-print-directory -j"$jobs" FLAVOUR=fuzz CC=clang FORTIFY= OPT='-O1 -g' \
	SAN='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' "${libs[@]}"

build() { # NAME
	clang -std=c11 -O1 -g -I. -I$B/include -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -pthread \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o "$B/fuzz_$1" \
		"tests/fuzz/fuzz_$1.c" -Wl,--start-group "${libs[@]}" -Wl,--end-group \
		-lcurl -lgit2 -lsqlite3 -ljansson -lcrypto -lm
}

one() { # NAME: $B/fuzz_NAME.state is "pass" or "fail" at its end
	local log=$B/fuzz_$1.log start=$SECONDS found
	mkdir -p "$B/corpus/$1" "tests/fuzz/corpus/$1"
	echo fail >"$B/fuzz_$1.state"
	if build "$1" >"$log" 2>&1 && "$B/fuzz_$1" -max_total_time="$seconds" \
		-seed="$seed" -rss_limit_mb=2048 -timeout=20 -verbosity=1 \
		-artifact_prefix="$B/$1-" "$B/corpus/$1" "tests/fuzz/corpus/$1" \
		>>"$log" 2>&1; then
		echo pass >"$B/fuzz_$1.state"
		echo "ok      $1: $(grep -o 'Done [0-9]* runs' "$log" | tail -n 1)" \
			"($((SECONDS - start)) s)"
		return
	fi
	echo "FAILED  $1 ($((SECONDS - start)) s)"
	tail -n 30 "$log" | sed 's/^/    /'
	found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
	[ -z "$found" ] || echo "    again: $B/fuzz_$1 $found"
}

names=()
for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	names+=("${name#fuzz_}")
done
for name in "$@"; do
	[ -e "tests/fuzz/fuzz_$name.c" ] || { echo "no target $name" >&2 && exit 2; }
done
[ $# = 0 ] || names=("$@")

for name in "${names[@]}"; do
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n || true; done
	one "$name" &
done
wait
failed=0
for name in "${names[@]}"; do
	[ "$(cat "$B/fuzz_$name.state")" = pass ] || failed=$((failed + 1))
done
echo "$((${#names[@]} - failed)) passed, $failed failed (SEED=$seed, $SECONDS s)"
[ "$failed" = 0 ]
