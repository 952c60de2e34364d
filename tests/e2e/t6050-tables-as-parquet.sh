#!/usr/bin/env bash
# sluice get --format parquet: a table, or all as one set, as Parquet files that
# others read with the same cells and types; written beside and renamed, or not
# at all; without DuckDB an error that says how to get it.
. "$(dirname "$0")/lib.sh"
need_duckdb

mkdir "$work/o" && o=$work/o
git init -q "$work/p" && cd "$work/p"
values="SELECT * FROM (VALUES
 (1, true, '-128'::TINYINT, 2147483647::INTEGER, '-9223372036854775808'::BIGINT,
  18446744073709551615::UBIGINT, '-99999999999999999999999999999999999999'::HUGEINT,
  0.1::FLOAT, 1e16::DOUBLE, -12345678.900::DECIMAL(18,3), 'it''s \"x\", y',
  DATE '0001-12-31', TIME '08:03:28.513', TIMESTAMP '2020-04-27 08:03:28.000001',
  TIMESTAMP_NS '2020-04-27 08:03:28.123456789', TIMESTAMPTZ '2020-04-27 23:30:00-05',
  UUID '123e4567-e89b-12d3-a456-426614174000', ['a', NULL, 'b\"c'], NULL::DATE, NULL::VARCHAR),
 (2, false, 127, 0, 0, 0, '99999999999999999999999999999999999999', 'nan', '-inf', 0, '',
  '9999-12-31', '00:00:00', '1969-12-31 23:59:59.5', '2020-04-27 00:00:00',
  '2020-04-27 00:00:00+00', '00000000-0000-0000-0000-000000000000', [], NULL, NULL),
 (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL)
) t (id, c_boolean, c_tinyint, c_integer, c_bigint, c_ubigint, c_hugeint, c_float,
 c_double, c_decimal, c_text, c_date, c_time, c_timestamp, c_ns, c_tz, c_uuid, c_list,
 c_null_date, c_null)"
printf '%s\n' '-- @include action/sql/duckdb' '-- @key id' "$values" | write A/All.sql
write A/Order.csv <<'E'
n,"a ""b"", c"
3,x
1,
2,y
E
echo '@ordered' >A/Order
write A/None.csv <<'E'
n,t
E
printf '%s\n' '@column n decimal(10,2)' '@column t timestamptz' >A/None
write Big.sql <<'E'
-- @include action/sql/duckdb
SELECT range AS n, 'row ' || range AS t FROM range(200000)
E
sluice run >"$o/run.log" 2>&1 || fail "run: $(cat "$o/run.log")"

# one table: the cells are those that were computed, of the same types, but
# for what Parquet has not: 128 bits are a decimal of 38 digits
sluice get A/All -o "$o/all.parquet" 2>"$o/err" || fail "get: $(cat "$o/err")"
cat >"$o/read.sql" <<E
CREATE TABLE made AS SELECT * REPLACE (c_hugeint::DECIMAL(38,0) AS c_hugeint) FROM ($values);
CREATE TABLE got AS SELECT * FROM read_parquet('$o/all.parquet');
COPY (SELECT count(*) AS n FROM (
 (SELECT * FROM got EXCEPT ALL SELECT * FROM made) UNION ALL
 (SELECT * FROM made EXCEPT ALL SELECT * FROM got))) TO '$o/differ.csv' (HEADER false);
COPY (SELECT m.column_name, m.column_type, g.column_type
 FROM (DESCRIBE made) m JOIN (DESCRIBE got) g USING (column_name)
 WHERE m.column_type <> g.column_type) TO '$o/types.csv' (HEADER false);
COPY (SELECT count(*), count(DISTINCT n), sum(n), min(t), max(t) FROM read_parquet('$o/big.parquet'))
 TO '$o/big.csv' (HEADER false);
COPY (SELECT * FROM read_parquet('$o/order.parquet')) TO '$o/order.csv' (HEADER);
COPY (SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet('$o/none.parquet')))
 TO '$o/none.csv' (HEADER false);
E
sluice get Big --format parquet -o "$o/big.parquet"
sluice get A/Order -o "$o/order.parquet"
sluice get A/None -o "$o/none.parquet"
in_duckdb "$o/read.sql"
is "$(cat "$o/differ.csv")" 0 'cells'
is "$(cat "$o/types.csv")" '' 'types'
is "$(cat "$o/big.csv")" '200000,200000,19999900000,row 0,row 99999' 'many rows'
is "$(cat "$o/order.csv")" $'n,"a ""b"", c"\n3,x\n1,\n2,y' 'the order of rows, and a name with quotes'
is "$(cat "$o/none.csv")" $'n,"DECIMAL(10,2)"\nt,TIMESTAMP WITH TIME ZONE' 'no row'
[ "$(head -c 4 "$o/big.parquet")$(tail -c 4 "$o/big.parquet")" = PAR1PAR1 ] || fail 'it is none'
sluice get Big -o "$o/again.parquet"
cmp -s "$o/big.parquet" "$o/again.parquet" || fail 'the same table gives other bytes'
if python3 -c 'import pyarrow' 2>/dev/null; then
	is "$(python3 -c 'import pyarrow.parquet as p; import sys; t = p.read_table(sys.argv[1])
print(t.num_rows, t.schema.field("c_decimal").type, t.column("c_hugeint")[0])' "$o/all.parquet")" \
		'3 decimal128(18, 3) -99999999999999999999999999999999999999' 'pyarrow'
fi

# all of them, as one set
sluice get --all "$o/set" --format parquet || fail 'a set'
is "$(cd "$o/set" && find . -type f | sort | xargs)" \
	'./A/All.parquet ./A/None.parquet ./A/Order.parquet ./Big.parquet ./manifest.json' 'its files'
is "$(jq -r '.tables["A/All"].file' "$o/set/manifest.json")" A/All.parquet 'what it says'
cmp -s "$o/set/Big.parquet" "$o/big.parquet" || fail 'a set has other bytes'
sluice get --all "$o/set" --format csv || fail 'a set of ours is replaced'
[ -e "$o/set/Big.csv" ] && [ ! -e "$o/set/Big.parquet" ] || fail 'as a whole'

# a value that no type of DuckDB's holds; what was there stays, and nothing else
cp "$o/big.parquet" "$o/kept.parquet"
write Wide.py <<'E'
# @include action/python
print("n\n123456789012345678901234567890", file=open("out.csv", "w"))
print('[{"name":"n","type":"integer"}]', file=open("out.schema.json", "w"))
E
sluice run Wide >"$o/run.log" 2>&1 || fail "run: $(cat "$o/run.log")"
rc=0
sluice get Wide -o "$o/kept.parquet" 2>"$o/err" || rc=$?
is "$rc" 1 'a value that does not fit'
has "$(cat "$o/err")" 'row 1 of the table, column n: an integer beyond the 64 bits of BIGINT' 'which value'
lacks "$(cat "$o/err")" 1234567 'not the value'
cmp -s "$o/kept.parquet" "$o/big.parquet" || fail 'what was there is gone'
is "$(find "$o" -name '*.part-*' | wc -l)" 0 'nothing is left'
rc=0
sluice get Big --format parquet 2>"$o/err" || rc=$?
is "$rc" 2 'to no file'
has "$(cat "$o/err")" 'a Parquet file needs a name: -o FILE' 'a name'
rc=0
sluice get Big --format parket -o x 2>"$o/err" || rc=$?
has "$rc $(cat "$o/err")" "2 sluice: --format takes csv, sqlite or parquet, not 'parket'" 'a format'

# without DuckDB
rm Wide.py
sluice run >"$o/run.log" 2>&1 || fail "run: $(cat "$o/run.log")"
git config sluice.duckdb /nowhere/libduckdb.so
rc=0
sluice get Big -o "$o/no.parquet" 2>"$o/err" || rc=$?
is "$rc" 4 'without DuckDB'
has "$(cat "$o/err")" "a Parquet file is written by DuckDB: git config sluice.duckdb is '/nowhere/libduckdb.so', which cannot be loaded" 'why'
[ ! -e "$o/no.parquet" ] || fail 'half a file'
rc=0
sluice get --all "$o/other" --format parquet 2>"$o/err" || rc=$?
is "$rc" 4 'a set without DuckDB'
[ ! -e "$o/other" ] && [ ! -e "$o/.other.new" ] || fail 'half a set'
