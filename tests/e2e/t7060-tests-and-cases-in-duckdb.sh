#!/usr/bin/env bash
# A test case runs in DuckDB with the types that the real input has there; a
# node of DuckDB's may be the query of a test.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_duckdb
cd "$work"
git init -q p
cd p
git config sluice.duckdb "$duckdb"

write Wide.sql <<'E'
-- @include action/sql/duckdb
-- @test ./Late.sql
SELECT 1::TINYINT AS n, DATE '2020-01-31' AS day
E
write Next.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./Wide as w
SELECT day + n AS day, n FROM w
E
write Late.sql <<'E'
-- @include action/sql/duckdb
-- @depend ./Wide as w
SELECT day FROM w WHERE day > DATE '2020-01-30'
E
printf 'n,day\n3,2021-02-27\n,2021-02-27\n' | write Next.test/end/w.csv
printf 'day,n\n2021-03-02,3\n,\n' | write Next.test/end/expect.csv
sluice test Wide Next >../out 2>../err && fail 'a row of the query offends'
is "$(cat ../out)" "ok Next: Next.test/end/expect.csv:1: Next.test/end: holds
failed Wide: Wide.sql:2: ./Late.sql: 1 row offends
2 tests: 1 does not hold" 'DuckDB'
