#!/usr/bin/env python3
"""datatest_oracle.py SEED DIR: a table and tests of it, with what each is to
say, counted here row by row. Writes DIR/T.csv, DIR/Other.csv, DIR/T (the
directives); prints a JSON list of [test, verdict, rows or null]."""
import csv, json, random, re, sys

seed, dir = int(sys.argv[1]), sys.argv[2]
pick = random.Random(seed)
NAMES = ["plain", 'a"b', "it's", "select", "row", "x y", "comma,name", "-- c", "größe", "%s", "row_"]
TEXTS = ["a", "b", "A", "it's", '"', "x;--", "é", "10", "9", "", "a b", "%", "NULL", "\\"]


def column(kind, n):
    gaps = pick.choice([0, 0, 0.1, 0.5])
    values = {
        "text": lambda: pick.choice(TEXTS[: pick.randint(3, len(TEXTS))]),
        "integer": lambda: pick.randint(-5, 20),
        "real": lambda: pick.choice([-0.5, 0.0, 0.1, 0.25, 1.0, 1e300, 2.5, 10.0]),
        "date": lambda: "20%02d-%02d-%02d" % (pick.randint(0, 30), pick.randint(1, 12), pick.randint(1, 28)),
    }[kind]
    return [None if pick.random() < gaps else values() for _ in range(n)]


def cell(v):
    if v is None:
        return ""
    text = repr(v) if isinstance(v, (int, float)) else v
    if text == "" or any(c in text for c in '",\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def write(path, names, columns, n):
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(",".join(cell(x) for x in names) + "\n")
        for i in range(n):
            f.write(",".join(cell(c[i]) for c in columns) + "\n")


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(v):
    if isinstance(v, (int, float)):
        return repr(v)
    return "'" + v.replace("'", "''") + "'"


n = pick.choice([0, 1, 5, 40, 200])
names = pick.sample(NAMES, 5)
kinds = ["text", "integer", "real", "date", pick.choice(["text", "integer"])]
table = dict(zip(names, [column(k, n) for k in kinds]))
kind = dict(zip(names, kinds))
other_n = pick.choice([0, 3, 15])
other = column("integer", other_n)
key = pick.choice([None, None, "id"])
if key:
    table = {"id": list(range(n)), **table}
    kind["id"] = "integer"
write(dir + "/T.csv", list(table), list(table.values()), n)
write(dir + "/Other.csv", ["k", "z"], [other, other], other_n)

tests = []


def add(text, rows, whole=False):
    """rows: how many offend; of a test of the whole: whether it does not hold."""
    tests.append([text, "failed" if rows else "ok", None if whole else rows])


def known(c):
    return [v for v in table[c] if v is not None]


for c in names:
    k, values = kind[c], known(c)
    add("not_null(%s)" % quoted(c), n - len(values))
    add("unique(%s)" % quoted(c), sum(values.count(v) > 1 for v in values))
    if n:
        share = len(values) / n
        for s in ("0.5", "0.9", "1", "0", "0.123456789"):
            from fractions import Fraction

            add("coverage(%s, %s)" % (quoted(c), s), Fraction(len(values), n) < Fraction(s), True)
    if values:
        some = sorted(set(pick.sample(values, min(3, len(values)))))
        if k != "date":
            add("in(%s, %s)" % (quoted(c), ", ".join(literal(v) for v in some)), sum(v not in some for v in values))
        low, high = some[0], some[-1]
        if k == "text":
            inside = lambda v: low.encode() <= v.encode() <= high.encode()
            if low.encode() > high.encode():
                low, high = high, low
        else:
            inside = lambda v: low <= v <= high
        if k == "date":
            add("range(%s, %s, %s)" % (quoted(c), low, high), sum(not inside(v) for v in values))
        else:
            add("range(%s, %s, %s)" % (quoted(c), literal(low), literal(high)), sum(not inside(v) for v in values))
    if k == "text":
        add("range(%s, 0, 5)" % quoted(c), len(values))
        for p in ("^[ab]", "'", "^$", "[0-9]+", "^.$"):
            add("match(%s, %s)" % (quoted(c), literal(p)), sum(re.search(p, v) is None for v in values))
    if k == "integer":
        add("references(%s, ./Other.k)" % quoted(c), sum(v not in other for v in values))
        add("match(%s, '^-')" % quoted(c), sum(v >= 0 for v in values))
a, b = names[0], names[1]
pairs = [(x, y) for x, y in zip(table[a], table[b]) if x is not None and y is not None]
add("unique(%s, %s)" % (quoted(a), quoted(b)), sum(pairs.count(p) > 1 for p in pairs))
add("rows(0, 10)", not n <= 10, True)
add("rows(%d, %d)" % (n, n), False, True)
add("rows(%d, %d)" % (n + 1, n + 9), True, True)
with open(dir + "/T", "w", encoding="utf-8") as f:
    if key:
        f.write("@key id\n")
    for c in table:
        f.write("@column %s %s\n" % (quoted(c), kind[c]))
    seen = set()
    for t in list(tests):
        if t[0] in seen:
            tests.remove(t)
            continue
        seen.add(t[0])
        f.write("%s %s\n" % (pick.choice(["@test", "# @warn"]), t[0]))
with open(dir + "/Other", "w") as f:
    f.write("@column k integer\n@column z integer\n")
json.dump(tests, sys.stdout)
