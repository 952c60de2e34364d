#!/usr/bin/env bash
# Without libduckdb a DuckDB node fails with the way to get it, and all else is
# computed; with it, wherever it is, its version is in the key.
. "$(dirname "$0")/lib.sh"

mkdir "$work/p" && cd "$work/p" && git init -q
write T.csv <<'E'
id
1
E
write Duck.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./T
SELECT id FROM T
E
write Lite.sql <<'E'
-- @include action/sql/sqlite
-- @depend ./T
SELECT id FROM T
E
commit first >/dev/null
# the programs elsewhere, with nothing beside them
mkdir "$work/bin"
for program in sluice sluice-worker; do
	cp "$(realpath "$BUILD/$program")" "$work/bin/"
done
if ! ldconfig -p 2>/dev/null | grep -q 'libduckdb\.so'; then
	! "$work/bin/sluice" run >"$work/log" 2>&1 || fail "it ran without a library"
	has "$(cat "$work/log")" "make duckdb" "how to get it"
	has "$(cat "$work/log")" "git config sluice.duckdb" "or where it is said"
	has "$(cat "$work/log")" "2 computed, 0 reused, 1 failed" "all else"
fi
git config sluice.duckdb /nowhere/libduckdb.so
! "$work/bin/sluice" run >"$work/log" 2>&1 || fail "it ran with a wrong path"
has "$(cat "$work/log")" "sluice.duckdb is '/nowhere/libduckdb.so'" "a wrong path"

need_duckdb
git config sluice.duckdb "$duckdb"
"$work/bin/sluice" run >"$work/log" 2>&1 || fail "with its path: $(cat "$work/log")"
is "$(sluice get Duck)" "id
1" "the table"
# found by itself it is the same version, and so the same key
git config --unset sluice.duckdb
has "$(sluice run 2>&1)" "0 computed, 3 reused" "run again"
version=$(python3 - "$duckdb" <<'E'
import ctypes, sys
d = ctypes.CDLL(sys.argv[1])
d.duckdb_library_version.restype = ctypes.c_char_p
print(d.duckdb_library_version().decode())
E
)
key=$(sluice explain Duck --json | jq -r .key)
what=$(cat ".git/sluice/blobs/${key:0:2}/${key:2}")
has "$what" "\"version\":\"1 DuckDB $version\"" "the version in the key"
