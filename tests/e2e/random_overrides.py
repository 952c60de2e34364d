"""random_overrides.py SEED N DUCKDB: a library, mounted N times, each with a
random override in SQL. What `check` tells of each is compared with what is so
when the same texts are run as nodes of no mount: which readers fail, and the
columns and types that came out. In the directory it is started in."""
import collections
import json
import os
import random
import re
import subprocess
import sys

LAB = """id,code,dose,born
1,a,2.5,2020-01-02
2,b,3.5,2021-01-02
3,,,
"""
BASE = "SELECT id, code, dose, CAST(born AS DATE) AS born FROM l"
TYPES = {"id": "integer", "code": "text", "dose": "real", "born": "date"}
NUMBERS = ("integer", "real", "decimal")
READERS = {  # engine, SQL, the column that it reads of d
    "Dose": ("duckdb", "SELECT d.dose AS x FROM d", "dose"),
    "Born": ("duckdb", "SELECT max(born) AS x FROM d", "born"),
    "Join": ("duckdb", "SELECT l.id AS x FROM l JOIN d USING (code)", "code"),
    "Id": ("sqlite", "SELECT id AS x FROM d", "id"),
    "Code": ("sqlite", "SELECT count(code) AS x FROM d", "code"),
}
DUCKDB = {
    "id": ["id", "id + 1", "CAST(id AS HUGEINT)", "CAST(id AS TINYINT)",
           "id / 2", "CAST(id AS VARCHAR)", "count(*) OVER ()", "id * 1.5",
           "length(code)", "md5(code)", "[id]", "id > 1", "sum(id) OVER ()"],
    "code": ["code", "upper(code)", "coalesce(code, 'x')", "id", "code || id",
             "dose", "code = 'a'", "[code]", "CAST(code AS ENUM ('a', 'b'))",
             "uuid()", "CAST('1' AS JSON)", "(SELECT max(code) FROM l)"],
    "dose": ["dose", "dose * 2", "CAST(dose AS FLOAT)", "round(dose)",
             "CAST(dose AS DECIMAL(10,2))", "CAST(dose AS INTEGER)",
             "CAST(dose AS VARCHAR)", "coalesce(dose, 0)", "coalesce(dose, id)",
             "avg(id) OVER ()", "CASE WHEN id > 1 THEN dose ELSE id END",
             "dose > 1", "code", "struct_pack(a := dose)"],
    "born": ["CAST(born AS DATE)", "born", "CAST(born AS TIMESTAMP)",
             "CAST(born AS DATE) + 1", "year(CAST(born AS DATE))",
             "CAST(born AS DATE) + INTERVAL 1 DAY", "DATE '2020-01-01'",
             "date_trunc('month', CAST(born AS DATE))", "TIME '08:00:00'"],
}
SQLITE = {
    "id": ["id", "id + 1", "CAST(id AS TEXT)", "CAST(code AS INTEGER)",
           "length(code)", "dose", "(SELECT max(id) FROM l)", "code"],
    "code": ["code", "upper(code)", "id", "CAST(id AS TEXT)", "code || 'x'",
             "CAST(dose AS REAL)", "coalesce(code, 1)"],
    "dose": ["dose", "dose * 2", "CAST(dose AS INTEGER)", "CAST(dose AS TEXT)",
             "CAST(id AS REAL)", "max(dose, 0)", "code", "born", "round(dose)"],
    "born": ["born", "date(born)", "id", "CAST(id AS INTEGER)",
             "substr(born, 1, 4)", "CAST(born AS NUMERIC)"],
}
FORMS = {
    "duckdb": [
        "SELECT {all} FROM l", "SELECT {all}, 7 AS more FROM l",
        "WITH w AS (SELECT {all} FROM l) SELECT * FROM w",
        "CREATE TEMP TABLE t AS SELECT {all} FROM l;\nSELECT * FROM t",
        "CREATE TEMP VIEW v AS SELECT {all} FROM l;\nFROM v",
        "SELECT {all} FROM l UNION ALL SELECT {all} FROM l WHERE id > 1",
        "SELECT * EXCLUDE ({last}) FROM (SELECT {all} FROM l)",
        "SELECT COLUMNS(c -> c <> '{last}') FROM (SELECT {all} FROM l)",
        "SELECT * REPLACE (1 AS {last}) FROM (SELECT {all} FROM l)",
        "CREATE TEMP MACRO f(x) AS x;\nSELECT f({last}) AS {last}, * EXCLUDE"
        " ({last}) FROM (SELECT {all} FROM l)",
        "SELECT DISTINCT {all} FROM l LEFT JOIN (SELECT 1 AS one) ON true",
    ],
    "sqlite": [
        "SELECT {all} FROM l", "SELECT {all}, 7 AS more FROM l",
        "WITH w AS (SELECT {all} FROM l) SELECT * FROM w",
        "CREATE TEMP TABLE t AS SELECT {all} FROM l;\nSELECT * FROM t",
        "CREATE TEMP VIEW v AS SELECT {all} FROM l;\nSELECT * FROM v",
        "SELECT {all} FROM l UNION ALL SELECT {all} FROM l WHERE id > 1",
        "SELECT * FROM (SELECT {all} FROM l ORDER BY 1 LIMIT 5)",
        "SELECT DISTINCT {all} FROM l LEFT JOIN (SELECT 1 AS one) ON 1",
    ],
}


def write(path, *lines):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")


def node(path, engine, depends, *lines):
    write(path, "-- @include action/sql/" + engine,
          *["-- @depend " + d for d in depends], *lines)


def sluice(*args):
    return subprocess.run(["sluice", *args], capture_output=True, text=True)


def make_override(rng):
    """engine, SQL"""
    engine = rng.choice(["duckdb", "duckdb", "sqlite"])
    of = DUCKDB if engine == "duckdb" else SQLITE
    names = [c for c in TYPES if rng.random() < 0.85] or ["id"]
    rng.shuffle(names)
    plain = rng.choice(names)
    items = ["%s AS %s" % (of[c][0] if c == plain else rng.choice(of[c]), c)
             for c in names]
    return engine, rng.choice(FORMS[engine]).format(
        all=", ".join(items), last=names[-1])


def make_readers(directory, depends):
    for name, (engine, sql, _) in READERS.items():
        node("%s/%s.sql" % (directory, name), engine, depends, sql)


def verdicts():
    """(clinic, reader, column): None where it is dropped, else its type"""
    out, r = {}, sluice("check", "--json")
    assert r.returncode in (0, 3), r.stderr
    for e in json.loads(r.stdout)["errors"]:
        m = e["message"]
        clinic = e["path"].split("/")[0]
        lack = re.match(r"there is no column (\w+) here, .* \(\w+/(\w+), ", m)
        kind = re.match(r"column (\w+) is (\S+) here, .* as \w+/(\w+) reads", m)
        assert lack or kind, m
        assert e["path"] == clinic + "/D.sql", e
        if lack:
            out[clinic, lack[2], lack[1]] = None
        else:
            out[clinic, kind[3], kind[1]] = kind[2]
    return out


def kind_of(kind):
    return kind.split("(")[0]


def is_retyped(column, kind, is_declared):
    if not is_declared and kind_of(kind) in NUMBERS:
        return TYPES[column] not in NUMBERS
    return kind_of(kind) != TYPES[column]


def compare(overrides, told, is_declared):
    counts = collections.Counter()
    for clinic, (engine, sql) in overrides.items():
        shown = sluice("show", "--schema", "--json", "R%s/D" % clinic)
        where = "%s: %s" % (clinic, sql)
        if shown.returncode:
            counts["failed"] += 1
            assert not any(k[0] == clinic for k in told), where
            continue
        types = {c["name"]: c["type"]
                 for c in json.loads(shown.stdout)["columns"]}
        for name, (_, _, column) in READERS.items():
            key = (clinic, name, column)
            is_told = key in told
            if column not in types:
                assert is_told and told[key] is None, (where, name)
                failed = sluice("show", "R%s/%s" % (clinic, name))
                assert failed.returncode != 0, (where, name)
                counts["dropped"] += 1
            elif is_told:
                assert told[key] == types[column], (where, name, told[key])
                assert is_retyped(column, types[column], is_declared), where
                counts["retyped", engine] += 1
            elif is_retyped(column, types[column], is_declared):
                # of SQLite's expressions nothing is known
                assert engine == "sqlite", (where, name, types[column])
                counts["not known"] += 1
            else:
                counts["kept"] += 1
    known = {(n, c) for n, (_, _, c) in READERS.items()}
    assert all((n, c) in known for _, n, c in told), told
    return counts


def main():
    seed, n, duckdb = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    rng = random.Random(seed)
    overrides = {"C%d" % i: make_override(rng) for i in range(n)}
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "config", "sluice.duckdb", duckdb], check=True)
    write("lib/library", "@abstract")
    write("lib/L.csv", LAB.rstrip("\n"))
    node("lib/D.sql", "duckdb", ["./L as l"], BASE)
    make_readers("lib", ["./D as d", "./L as l"])
    for clinic in overrides:
        write(clinic + "/mount", "@include /lib")
    run = sluice("run")
    assert run.returncode == 0, run.stderr
    for clinic, (engine, sql) in overrides.items():
        node(clinic + "/D.sql", engine, ["./L as l"], sql)
    by_last = verdicts()
    node("lib/D.sql", "duckdb", ["./L as l"],
         *["-- @column %s %s" % c for c in TYPES.items()], BASE)
    by_column = verdicts()
    # now as they are
    for clinic, (engine, sql) in overrides.items():
        node("R%s/D.sql" % clinic, engine, ["./L as l"], sql)
        write("R%s/L.csv" % clinic, LAB.rstrip("\n"))
        make_readers("R" + clinic, ["./D as d", "./L as l"])
        os.remove(clinic + "/D.sql")
    sluice("run")
    for told, is_declared in (by_last, False), (by_column, True):
        counts = compare(overrides, told, is_declared)
        print(seed, "declared" if is_declared else "last run", dict(counts))
        for what in ("dropped", ("retyped", "duckdb"), ("retyped", "sqlite"),
                     "kept"):
            assert counts[what] > 0, what


main()
