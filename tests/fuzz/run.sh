#!/usr/bin/env bash
# run.sh SECONDS [NAME...]: each fuzz target (fuzz_NAME.c, libFuzzer with ASan
# and UBSan) for that long, from its corpus; a crash is kept in build/fuzz.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-20}
shift || true
B=build/fuzz
layers="hooks reports runner lang cache base"
libs=()
for l in $layers; do libs+=("$B/lib$l.a"); done
libs+=("$B/runner/duckdb_clock.o")
make --no-print-directory -j"$(nproc)" FLAVOUR=fuzz CC=clang FORTIFY= OPT='-O1 -g' \
	SAN='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' "${libs[@]}"
failed=0 passed=0
for source in tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	name=${name#fuzz_}
	case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
	clang -std=c11 -O1 -g -I. -I$B/include -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -pthread \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o "$B/fuzz_$name" "$source" \
		-Wl,--start-group "${libs[@]}" -Wl,--end-group \
		-lcurl -lgit2 -lsqlite3 -ljansson -lcrypto -lm
	mkdir -p "$B/corpus/$name" "tests/fuzz/corpus/$name"
	log=$B/fuzz_$name.log
	if "$B/fuzz_$name" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -verbosity=1 \
		-artifact_prefix="$B/$name-" "$B/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
		echo "ok      $name: $(grep -o 'Done [0-9]* runs' "$log" | tail -n 1)"
		passed=$((passed + 1))
	else
		echo "FAILED  $name"
		tail -n 30 "$log" | sed 's/^/    /'
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
