#!/usr/bin/env bash
# Every type of DuckDB's goes through two nodes as it goes through two tables of
# one database: the same cells, and the same types at the other end. What no
# table holds is an error that names the column.
. "$(dirname "$0")/lib.sh"
need_duckdb

mkdir "$work/p" && cd "$work/p" && git init -q
# values at both ends of each type, a NULL, and a column that is all NULL
cat >select.txt <<'E'
SELECT * FROM (VALUES
 (1, true, '-128'::TINYINT, '-32768'::SMALLINT, '-2147483648'::INTEGER,
  '-9223372036854775808'::BIGINT, '-170141183460469231731687303715884105728'::HUGEINT,
  255::UTINYINT, 65535::USMALLINT, 4294967295::UINTEGER,
  18446744073709551615::UBIGINT, '340282366920938463463374607431768211455'::UHUGEINT,
  0.1::FLOAT, 1e16::DOUBLE, -12345678.900::DECIMAL(18,3),
  '0.00000000000000000000000000000000000001'::DECIMAL(38,38),
  'it''s "x", y', DATE '0001-12-31', TIME '08:03:28.513',
  TIMESTAMP '2020-04-27 08:03:28.000001', TIMESTAMP_S '2020-04-27 08:03:28',
  TIMESTAMP_MS '2020-04-27 08:03:28.513', TIMESTAMP_NS '2020-04-27 08:03:28.123456789',
  TIMESTAMPTZ '2020-04-27 23:30:00-05', INTERVAL '1 year 2 months 3 days 04:05:06.7',
  UUID '123e4567-e89b-12d3-a456-426614174000', '0101'::BIT, TIMETZ '08:00:00+02',
  ['a', NULL, 'b"c'], [[1, 2], []], {'a': 1, 'b': DATE '2020-01-01'},
  MAP {'k': 1.5}, '{"z": [1, 2.50]}'::JSON, 'b'::ENUM ('a', 'b'), NULL::DATE, NULL),
 (2, false, 127, 32767, 2147483647, 9223372036854775807,
  '170141183460469231731687303715884105727', 0, 0, 0, 0, 0,
  'nan', '-inf', 0, '0.99999999999999999999999999999999999999', '',
  '9999-12-31', '00:00:00', '1969-12-31 23:59:59.5', '2020-04-27 00:00:00',
  '2020-04-27 00:00:00', '2020-04-27 00:00:00', '2020-04-27 00:00:00+00',
  '0 days', '00000000-0000-0000-0000-000000000000', '1', '00:00:00+00',
  [], [], {'a': NULL, 'b': NULL}, MAP {}, '[]', 'a'::ENUM ('a', 'b'), NULL, NULL),
 (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
) t (id, c_boolean, c_tinyint, c_smallint, c_integer, c_bigint, c_hugeint,
 c_utinyint, c_usmallint, c_uinteger, c_ubigint, c_uhugeint, c_float, c_double,
 c_decimal, c_wide, c_varchar, c_date, c_time, c_timestamp, c_timestamp_s,
 c_timestamp_ms, c_timestamp_ns, c_timestamptz, c_interval, c_uuid, c_bit,
 c_timetz, c_list, c_lists, c_struct, c_map, c_json, c_enum, c_null_date, c_null)
E
cat >types.txt <<'E'
SELECT id, typeof(COLUMNS(* EXCLUDE id)) FROM Copy WHERE id = 1
E
# each column still does what its type does
cat >uses.txt <<'E'
SELECT id, c_date - abs(c_tinyint::INTEGER) AS day, c_smallint + c_uinteger AS sum,
 c_timestamp_ns AS ns, c_timestamptz AT TIME ZONE 'America/New_York' AS there,
 c_interval + c_timestamp AS moved, c_list[3] AS item, c_lists[1][2] AS deep,
 c_float = 0.1::FLOAT AS same, c_decimal * 2 AS twice, c_ubigint // 2 AS half,
 c_json->'$.z[1]' AS inner, bit_count(c_bit) AS bits, c_null_date + 1 AS never
FROM Copy
E
node() { # NAME DEPEND SQL
	printf -- '-- @include action/sql/duckdb\n%s-- @key id\n%s\n' \
		"${2:+-- @depend ./$2
}" "$3" | write "$1.sql"
}
node All '' "$(cat select.txt)"
node Copy All 'SELECT * FROM "All"'
node Types Copy "$(cat types.txt)"
node Uses Copy "$(cat uses.txt)"
sluice run 2>run.log || fail "run: $(cat run.log; sluice show --log All; sluice show --log Uses)"

cat >whole.sql <<E
CREATE TABLE "All" AS $(cat select.txt);
CREATE TABLE Copy AS SELECT * FROM "All";
COPY (SELECT * REPLACE (to_json(c_list) AS c_list, to_json(c_lists) AS c_lists,
 to_json(c_struct) AS c_struct, to_json(c_map) AS c_map,
 '0' || c_wide AS c_wide) FROM Copy ORDER BY id)
 TO '$work/Copy.csv' (HEADER);
COPY ($(cat types.txt)) TO '$work/Types.csv' (HEADER);
COPY ($(cat uses.txt) ORDER BY id) TO '$work/Uses.csv' (HEADER);
E
in_duckdb whole.sql
# the two write the same values, but quote differently; and a type that is
# handed on as text says so
python3 - "$work" >"$work/differences" <<'E'
import csv, subprocess, sys
for node in "Copy", "Types", "Uses":
    got = subprocess.run(["sluice", "get", node], capture_output=True, text=True).stdout
    got = list(csv.DictReader(got.splitlines()))
    want = list(csv.DictReader(open(sys.argv[1] + "/" + node + ".csv", newline="")))
    if len(got) != len(want) or not got:
        print(node, "has", len(got), "rows, not", len(want))
    for g, w in zip(got, want):
        for column in w:
            if g.get(column) != w[column]:
                print(node, column, repr(g.get(column)), repr(w[column]))
E
is "$(cat "$work/differences")" "Types c_enum 'VARCHAR' \"ENUM('a', 'b')\"" "what differs from one database"

# what no table holds
write Blob.sql <<'E'
-- @include action/sql/duckdb
SELECT 1 AS id,
 'x'::BLOB AS photo
E
! sluice run Blob >run.log 2>&1 || fail "a BLOB became a table"
has "$(cat run.log)" "Blob.sql:2:1: column photo is a BLOB" "a BLOB"
write Blob.sql <<'E'
-- @include action/sql/duckdb
SELECT 1 AS id, 2 AS ID
E
! sluice run Blob >run.log 2>&1 || fail "two columns of one name"
has "$(cat run.log)" "columns 1 and 2 are both named ID" "names"
