"""oracle.py: what a pipeline's tables and executions have to be, told without
sluice: Python's sqlite3 over typed tables, the canonical order of formats.md,
and a set of all that a node can see (its text, its contract, the columns that
it reads) in place of keys."""
import csv
import io
import json
import os
import re
import sqlite3
import subprocess

INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
REAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-][0-9]+)?\Z")


def real_text(v):
    """A double as formats.md writes it."""
    return "0.0" if v == 0 else repr(v)


def infer(texts):
    """The type of a column of a file that declares none."""
    texts = [t for t in texts if t is not None]
    if not texts or not all(REAL.match(t) and t != "-0" for t in texts):
        return "text"
    if all(INTEGER.match(t) and abs(int(t)) < 2**63 for t in texts):
        return "integer"
    return "real"


def quote(name):
    return '"' + name.replace('"', '""') + '"'


def literal(text):
    return "'" + text.replace("'", "''") + "'"


class Table:
    """names, types (integer, real, text), rows of None, int, float, str."""

    def __init__(self, names, types, rows, key=(), ordered=False):
        self.names, self.types = list(names), list(types)
        self.rows = [tuple(r) for r in rows]
        if not ordered:
            at = [self.names.index(k) for k in key]
            at += list(range(len(self.names)))
            self.rows.sort(key=lambda r: [self.rank(i, r[i]) for i in at])

    def rank(self, i, v):
        if v is None:
            return (0,)
        return (1, v) if self.types[i] != "text" else (1, v.encode())

    def cells(self):
        """All values as text, None for NULL."""
        out = []
        for row in self.rows:
            out.append([None if v is None
                        else real_text(v) if isinstance(v, float)
                        else str(v) for v in row])
        return out

    def seen(self, columns):
        """What a reader of these columns sees."""
        at = [i for i, n in enumerate(self.names) if n in columns]
        return (len(self.rows),
                tuple((self.names[i], self.types[i],
                       tuple(repr(r[i]) for r in self.rows)) for i in at))


def of_file(names, rows):
    """A table that is written down: rows of texts, None where empty."""
    types = [infer([r[i] for r in rows]) for i in range(len(names))]
    make = {"integer": int, "real": float, "text": str}
    return [make[t] for t in types], types


def table_of_file(names, rows, key=(), ordered=False):
    make, types = of_file(names, rows)
    return Table(names, types,
                 [[None if t is None else m(t) for m, t in zip(make, row)]
                  for row in rows], key, ordered)


def union(parts):
    """[(name, Table)] as one: a text column that has no value at all has the
    type that it has elsewhere."""
    first = parts[0][1]
    types = []
    for i in range(len(first.names)):
        told = [t.types[i] for _, t in parts if t.types[i] != "text" or
                any(r[i] is not None for r in t.rows)] or ["text"]
        assert len(set(told)) == 1, (first.names[i], told)
        types.append(told[0])
    return Table(["_from"] + first.names, ["text"] + types,
                 [(name,) + r for name, t in parts for r in t.rows])


def evaluate(sql, inputs, declared, key=(), ordered=False):
    """inputs: {name: Table}; declared: the type of each column of the output
    that comes from an input as it is, None for an expression."""
    db = sqlite3.connect(":memory:")
    for name, t in inputs.items():
        db.execute("CREATE TABLE %s(%s)" % (quote(name), ",".join(
            quote(n) + " " + k.upper() for n, k in zip(t.names, t.types))))
        db.executemany("INSERT INTO %s VALUES(%s)" % (
            quote(name), ",".join("?" * len(t.names))), t.rows)
    statements = [s for s in sql.split(";\n") if s.strip()]
    for s in statements[:-1]:
        db.execute(s)
    cur = db.execute(statements[-1])
    names = [d[0] for d in cur.description]
    rows = cur.fetchall()
    types = []
    for i in range(len(names)):
        kinds = {type(r[i]) for r in rows} - {type(None)}
        want = {"integer": int, "real": float, "text": str}.get(declared[i])
        if want is not None and kinds <= {want}:
            types.append(declared[i])
        elif kinds == {int}:
            types.append("integer")
        elif kinds and kinds <= {int, float} and all(
                int(float(r[i])) == r[i] for r in rows if type(r[i]) is int):
            types.append("real")
        else:
            types.append("text")
    make = {"integer": int, "real": float,
            "text": lambda v: v if isinstance(v, str)
            else real_text(v) if isinstance(v, float) else str(v)}
    rows = [[None if v is None else make[t](v) for v, t in zip(r, types)]
            for r in rows]
    db.close()
    return Table(names, types, rows, key, ordered)


def parse_csv(data):
    """RFC 4180, where an empty field without quotes is None."""
    rows, row, field, i = [], [], [], 0
    quoted = False
    text = data.decode("utf-8")
    while i < len(text):
        c = text[i]
        if c == '"' and not field and not quoted:
            quoted, i = True, i + 1
            while True:
                if text[i] != '"':
                    field.append(text[i])
                elif text[i + 1:i + 2] == '"':
                    field.append('"')
                    i += 1
                else:
                    break
                i += 1
        elif c in ",\n":
            row.append("".join(field) if field or quoted else None)
            field, quoted = [], False
            if c == "\n":
                rows.append(row)
                row = []
        else:
            field.append(c)
        i += 1
    assert not row and not field
    return rows


def csv_of(names, rows):
    """A file with these columns and texts."""
    out = io.StringIO()
    w = csv.writer(out, lineterminator="\n")
    w.writerow(names)
    for r in rows:
        w.writerow(["" if v is None else v for v in r])
    return out.getvalue()


def sluice(*args, cwd, ok=(0,)):
    p = subprocess.run(["sluice", *args], cwd=cwd, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, check=False)
    if p.returncode not in ok:
        raise SystemExit("sluice %s: %d\n%s%s" % (
            " ".join(args), p.returncode, p.stdout.decode()[:3000],
            p.stderr.decode()[-3000:]))
    return p.stdout


def run(cwd, *args):
    return json.loads(sluice("run", "--json", *args, cwd=cwd))


def commit(cwd):
    subprocess.run("git add -A && git commit -q --allow-empty -m edit",
                   shell=True, cwd=cwd, check=True)


def plan(cwd):
    """What the work tree changes of HEAD, which has been run; or None."""
    if not os.path.exists(os.path.join(cwd, ".git/sluice")):
        return None
    return json.loads(sluice("plan", "--json", cwd=cwd))


def write(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())


def compare(cwd, node, table, *args):
    """Cell by cell."""
    got = parse_csv(sluice("get", "/" + node, *args, cwd=cwd))
    want = [table.names] + table.cells()
    if len(table.names) == 1:  # get writes a NULL that is alone as ""
        want = [[v or ""] for v, in want]
    if got == want:
        return
    for i, (g, w) in enumerate(zip(got, want)):
        if g != w:
            raise SystemExit("%s: row %d is %r, must be %r" % (node, i, g, w))
    raise SystemExit("%s: %d rows, must be %d" % (node, len(got) - 1,
                                                  len(want) - 1))
