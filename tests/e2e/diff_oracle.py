#!/usr/bin/env python3
"""Random tables and their edits; what `sluice diff --json` says of them, counted another way.

    diff_oracle.py make SEED DIR     nodes T00, T01 ... below DIR: before
    diff_oracle.py edit SEED DIR     the same ones: after
    diff_oracle.py check SEED FILE   compares FILE, the output of `sluice diff --json`

Everything is drawn from SEED, so the three agree on the tables.
"""
import decimal
import json
import math
import os
import random
import sys

TABLES = 60
decimal.getcontext().prec = 700
NUMBERS = ("integer", "real", "decimal(9,3)", "decimal(12,4)")


def draw_value(r, kind, wide):
    if r.random() < 0.12:
        return None
    if kind == "integer":
        return r.choice([r.randrange(-3, 4), r.randrange(-(1 << 40), 1 << 40),
                         r.randrange(-(1 << 126), 1 << 126) if wide else 7])
    if kind == "real":
        return r.choice([float(r.randrange(-4, 5)), r.uniform(-10, 10), -0.0, 0.1 + 0.2,
                         r.uniform(-1, 1) * 10.0 ** r.randrange(-300, 300) if wide else 2.5,
                         math.nan if wide else 1.0, math.inf if wide else 0.5])
    if kind.startswith("decimal"):
        return decimal.Decimal(r.randrange(-99999, 99999)).scaleb(-3)
    if kind == "date":
        return "%04d-%02d-%02d" % (r.randrange(1900, 2030), r.randrange(1, 13), r.randrange(1, 29))
    return r.choice(["", "a", "A", "zz", "b,c", 'q"q', "two\nlines", " x", "é", "M|`<b>", "10", "9"])


def text_of(kind, value):
    """The one way a part writes it; None is NULL."""
    if value is None:
        return None
    if kind == "integer":
        return str(int(value))
    if kind == "real":
        value = float(value) + 0.0
        return repr(value + 0.0 if value else 0.0)
    if kind.startswith("decimal"):
        scale = int(kind[:-1].split(",")[1])
        value = decimal.Decimal(value)
        if value == 0:
            value = abs(value)
        return "%.*f" % (scale, value)
    return str(value)


def order_of(kind, text):
    if kind == "real":
        number = float(text)
        return (math.isnan(number), 0 if math.isnan(number) else number, text.encode())
    if kind in NUMBERS:
        return (False, decimal.Decimal(text), text.encode())
    return text.encode()


class Table:
    def __init__(self):
        self.columns = []  # (name, kind)
        self.rows = []  # values
        self.key = []
        self.ordered = False
        self.tolerance = {}

    def place(self, name):
        for i, (other, _) in enumerate(self.columns):
            if other == name:
                return i
        return None

    def texts(self):
        return [[text_of(kind, v) for (_, kind), v in zip(self.columns, row)] for row in self.rows]

    def health(self, key):
        places = [self.place(k) for k in key]
        keys = [tuple(row[p] for p in places) for row in self.texts()]
        whole = [k for k in keys if None not in k]
        shared = sum(1 for k in whole if whole.count(k) > 1)
        return {"nulls": len(keys) - len(whole), "shared": shared}


def make(r):
    t = Table()
    t.columns = [("id", "integer"), ("visit", r.choice(["integer", "text", "date"]))]
    for i in range(r.randrange(1, 5)):
        t.columns.append(("c%d" % i, r.choice(
            ["integer", "real", "decimal(9,3)", "text", "text", "date"])))
    wide = r.random() < 0.5
    for i in range(r.choice([0, 1, 5, 40, 120])):
        row = [draw_value(r, kind, wide) for _, kind in t.columns]
        row[0] = i * 3
        row[1] = {"integer": i % 4, "text": "v%d" % (i % 4), "date": "2020-01-0%d" % (1 + i % 4)}[
            t.columns[1][1]]
        t.rows.append(row)
    t.key = r.choice([["id"], ["id"], ["visit", "id"], []])
    t.ordered = r.random() < 0.2
    return t, wide


def near(r, kind, value):
    if value is None or kind not in NUMBERS or kind == "integer" and r.random() < 0.5:
        return value
    if kind == "real" and math.isfinite(value):
        return value + r.choice([1e-12, 1e-3, -1e-3, 0.5])
    if kind.startswith("decimal"):
        return value + decimal.Decimal(r.choice(["0.001", "-0.002", "0.5"]))
    return value + r.choice([1, -1, 2]) if kind == "integer" else value


def edit(r, t, wide):
    """Edits t in place; the tolerances are of what comes out."""
    for _ in range(r.choice([0, 1, 3, 10, 60])):
        if t.rows and r.random() < 0.3:
            del t.rows[r.randrange(len(t.rows))]
        elif t.rows and r.random() < 0.7:
            row = r.choice(t.rows)
            i = r.randrange(2, len(t.columns))
            kind = t.columns[i][1]
            row[i] = near(r, kind, row[i]) if r.random() < 0.5 else draw_value(r, kind, wide)
        else:
            row = [draw_value(r, kind, wide) for _, kind in t.columns]
            row[0] = 1000 + len(t.rows) * 3 + r.randrange(3) * 10000
            row[1] = row[1] if row[1] is not None else {"integer": 1, "text": "w", "date": "1999-09-09"}[
                t.columns[1][1]]
            t.rows.append(row)
    what = r.randrange(12)
    if what == 0:
        t.key = []
        for row in t.rows[:6]:  # it may be no key any more
            row[0] = r.choice([0, 3, row[0], None])
    elif what == 1:
        t.key = ["visit", "id"] if t.key == ["id"] else ["id"]
    elif what == 2 and len(t.columns) > 3:
        t.columns = t.columns[:-1]
        t.rows = [row[:-1] for row in t.rows]
    elif what == 3:
        t.columns.append(("new", "text"))
        for row in t.rows:
            row.append(r.choice([None, "n", "m"]))
    elif what == 4 and len(t.columns) > 3:
        t.columns[2], t.columns[3] = t.columns[3], t.columns[2]
        for row in t.rows:
            row[2], row[3] = row[3], row[2]
    elif what in (5, 6, 7):
        i = r.randrange(2, len(t.columns))
        name, kind = t.columns[i]
        other = {"integer": ["real", "text"], "decimal(9,3)": ["decimal(12,4)", "text", "real"],
                 "real": ["text"], "date": ["text"], "text": ["json"]}[kind]
        other = r.choice(other)
        if other == "real" and any(abs(row[i]) > 1 << 50 for row in t.rows if row[i] is not None):
            other = "text"
        t.columns[i] = (name, other)
        for row in t.rows:
            if row[i] is not None:
                row[i] = text_of(kind, row[i]) if other not in NUMBERS else row[i]
                row[i] = float(row[i]) if other == "real" else row[i]
    seen, rows = set(), []
    for row in t.rows:
        k = tuple(row[t.place(c)] for c in t.key)
        if not t.key or (k not in seen and None not in k):
            seen.add(k)
            rows.append(row)
    t.rows = rows
    for name, kind in t.columns:
        if kind in NUMBERS and r.random() < 0.6:
            t.tolerance[name] = r.choice(["1e-9", "0.001", "0.25", "1", "0"])


def draw(seed):
    r = random.Random(seed)
    for i in range(TABLES):
        before, wide = make(r)
        after = Table()
        after.columns = list(before.columns)
        after.rows = [list(row) for row in before.rows]
        after.key, after.ordered = list(before.key), before.ordered
        edit(r, after, wide)
        r.shuffle(before.rows) if not before.ordered else None
        r.shuffle(after.rows) if not after.ordered and r.random() < 0.5 else None
        yield "T%02d" % i, before, after


def write(directory, name, t):
    def cell(text):
        if text is None:
            return ""
        return '"%s"' % text.replace('"', '""') if text == "" or set(text) & set(',"\n') else text

    with open(os.path.join(directory, name + ".csv"), "w", encoding="utf-8", newline="") as f:
        f.write(",".join(n for n, _ in t.columns) + "\n")
        for row in t.texts():
            f.write(",".join(cell(c) for c in row) + "\n")
    with open(os.path.join(directory, name), "w", encoding="utf-8") as f:
        if t.key:
            f.write("@key %s\n" % ", ".join(t.key))
        if t.ordered:
            f.write("@ordered\n")
        for n, kind in t.columns:
            near_to = " ±" + t.tolerance[n] if n in t.tolerance else ""
            f.write("@column %s %s%s\n" % (n, kind, near_to))


# -- counted another way --


def is_same(was, is_now, a, b):
    if a is None or b is None:
        return a is b
    if a == b:
        return True
    if was == is_now or was not in NUMBERS or is_now not in NUMBERS:
        return False
    x, y = decimal.Decimal(a), decimal.Decimal(b)
    return x.is_finite() and x == y


def is_near(a, b, tolerance, was, is_now):
    if tolerance is None or a is None or b is None or was not in NUMBERS or is_now not in NUMBERS:
        return False
    x, y = decimal.Decimal(a), decimal.Decimal(b)
    return x.is_finite() and y.is_finite() and abs(x - y) <= decimal.Decimal(tolerance)


def values(t, name):
    i = t.place(name)
    kind = t.columns[i][1]
    texts = [row[i] for row in t.texts()]
    there = [x for x in texts if x is not None]
    out = {"rows": len(texts), "nulls": len(texts) - len(there), "distinct": len(set(there))}
    if there:
        out["least"] = min(there, key=lambda x: order_of(kind, x))
        out["greatest"] = max(there, key=lambda x: order_of(kind, x))
    return out


def find_keys(a, b):
    keys = []
    for key, t in ((b.key, b), (a.key, a)):
        if not key or any(key == k["columns"] for k in keys):
            continue
        of = "both" if a.key == b.key else "after" if t is b else "before"
        out = {"columns": key, "of": of}
        if all(c.place(k) is not None for c in (a, b) for k in key):
            out["before"], out["after"] = a.health(key), b.health(key)
        else:
            out["missing"] = True
        keys.append(out)
    return keys


def usable(a, b, key):
    well = {"nulls": 0, "shared": 0}
    return "missing" not in key and key["before"] == well and key["after"] == well and all(
        a.columns[a.place(k)][1] == b.columns[b.place(k)][1] for k in key["columns"])


def compare_by_key(a, b, key, out):
    rows = {}
    ka, kb = [a.place(k) for k in key], [b.place(k) for k in key]
    for row in a.texts():
        rows[tuple(row[p] for p in ka)] = row
    both = [(n, a.place(n), b.place(n)) for n, _ in b.columns if a.place(n) is not None]
    changed, beyond = {n: 0 for n, _, _ in both}, {n: 0 for n, _, _ in both}
    for row in b.texts():
        was = rows.pop(tuple(row[p] for p in kb), None)
        if was is None:
            out["added"] += 1
            continue
        any_changed = any_beyond = False
        for n, i, j in both:
            kinds = a.columns[i][1], b.columns[j][1]
            if is_same(*kinds, was[i], row[j]):
                continue
            any_changed = True
            changed[n] += 1
            if not is_near(was[i], row[j], b.tolerance.get(n), *kinds):
                beyond[n] += 1
                any_beyond = True
        out["changed"] += any_changed
        out["beyond"] += any_beyond
    out["removed"] = len(rows)
    return changed, beyond


def compare_as_bags(a, b, out):
    common = [(a.place(n), j) for j, (n, kind) in enumerate(b.columns)
              if a.place(n) is not None and a.columns[a.place(n)][1] == kind]
    bag = {}
    for row in a.texts():
        k = tuple(row[i] for i, _ in common)
        bag[k] = bag.get(k, 0) - 1
    for row in b.texts():
        k = tuple(row[j] for _, j in common)
        bag[k] = bag.get(k, 0) + 1
    out["added"] = sum(n for n in bag.values() if n > 0)
    out["removed"] = -sum(n for n in bag.values() if n < 0)


def expect_columns(a, b, changed, beyond):
    names = [n for n, _ in b.columns] + [n for n, _ in a.columns if b.place(n) is None]
    for n in names:
        i, j = a.place(n), b.place(n)
        one = {"name": n, "values": {}}
        if i is not None:
            one["before"] = a.columns[i][1]
            one["values"]["before"] = values(a, n)
        if j is not None:
            one["after"] = b.columns[j][1]
            one["values"]["after"] = values(b, n)
        if i is None or j is None or one["before"] != one["after"]:
            one["change"] = "added" if i is None else "removed" if j is None else "retyped"
        else:
            one["change"] = "values"
        if changed.get(n):
            one["changed"] = changed[n]
            if n in b.tolerance:
                one["tolerance"], one["beyond"] = b.tolerance[n], beyond[n]
        yield one, i, j


def is_told(a, b, by_key, one, i, j):
    if one["change"] != "values" or one.get("changed"):
        return True
    x, y = [row[i] for row in a.texts()], [row[j] for row in b.texts()]
    if x.count(None) != y.count(None):
        return True
    return not by_key and sorted(map(str, x)) != sorted(map(str, y))


def expect(a, b):
    keys = find_keys(a, b)
    by = next((k for k in keys if usable(a, b, k)), None)
    out = {"added": 0, "removed": 0, "changed": 0, "beyond": 0, "keys": keys,
           "rows_before": len(a.rows), "rows_after": len(b.rows),
           "compared_by": "key" if by else "rows"}
    changed = beyond = {}
    if by:
        changed, beyond = compare_by_key(a, b, by["columns"], out)
    else:
        compare_as_bags(a, b, out)
    told = [(one, i, j) for one, i, j in expect_columns(a, b, changed, beyond)
            if is_told(a, b, by, one, i, j)]
    out["columns"] = [one for one, _, _ in told]
    if not by:
        del out["changed"]
    if not any("tolerance" in c for c in out["columns"]):
        del out["beyond"]
    return out


def differences(name, want, got):
    got = {k: v for k, v in got.items() if k in want or k in ("changed", "beyond", "keys")}
    got.setdefault("keys", [])
    for c in got["columns"]:
        c.pop("row", None)
    if want != got:
        for k in want:
            if want[k] != got.get(k):
                yield "%s: %s is\n  %s\nand not\n  %s" % (name, k, json.dumps(got.get(k)),
                                                       json.dumps(want[k]))
        for k in set(got) - set(want):
            yield "%s: %s is there: %s" % (name, k, got[k])


def check(seed, path):
    with open(path, encoding="utf-8") as f:
        tables = {t["node"]: t for t in json.load(f)["tables"]}
    bad, met = [], {"key": 0, "rows": 0, "beyond": 0, "broken": 0, "equal": 0}
    for name, a, b in draw(seed):
        want = expect(a, b)
        if name not in tables:
            met["equal"] += 1
            if want["added"] or want["removed"] or want.get("changed") or want["columns"]:
                bad.append("%s: nothing is told" % name)
            continue
        met[want["compared_by"]] += 1
        met["beyond"] += "beyond" in want
        met["broken"] += any(k.get("after", {}).get("shared", 0) for k in want["keys"])
        bad += differences(name, want, tables[name])
    print("\n".join(bad) if bad else json.dumps(met))
    if bad or (seed == "first" and min(met.values()) == 0):
        sys.exit("seed %s: it is not so" % seed)


def main():
    what, seed, place = sys.argv[1:]
    if what == "check":
        check(seed, place)
        return
    for name, before, after in draw(seed):
        write(place, name, before if what == "make" else after)


main()
