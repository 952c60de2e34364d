"""random_edits.py SEED STEPS: a pipeline of random queries, clinics that mount
a library among them; random edits; after each, what ran and every table is
compared with the oracle's. In the directory it is started in."""
import os
import random
import shutil
import sys

import oracle
from oracle import literal, quote

WORDS = ["", "a", "A", "ä", "it's", 'say "hi"', "two\nlines", "a,b", " x ",
         "NULL", "00123", "1e5", "-0", "日本", "0x1F", "x" * 300]
NAMES = ["id", "grp", "val", "name", "select", "Größe", 'q"uote', "a b", "n.o"]


class Query:
    """sql; declared(inputs) -> [type or None]; reads(inputs) -> {local: set}"""

    def __init__(self, sql, declared, reads):
        self.sql, self.declared, self.reads = sql, declared, reads


def make_query(rng, ins):
    """ins: [(local, Table)]; one or two inputs, or many."""
    a, t = ins[0]
    n = t.names
    c = [rng.choice(n) for _ in range(3)]
    qa, q = quote(a), [quote(x) for x in c]

    def ref(*cols):
        return lambda i: [i[a].types[i[a].names.index(x)] if x else None
                          for x in cols]

    def reads(*cols):
        return lambda i: {k: set(cols) if k == a else set() for k in i}

    kind = rng.randrange(17)
    if len(ins) > 2:
        kind = 11
    k = rng.randrange(-5, 40)
    if kind == 0:
        return Query(f"SELECT {q[0]} AS x, {q[1]} AS y FROM {qa} "
                     f"WHERE {q[2]} >= {k}", ref(c[0], c[1]), reads(*c))
    if kind == 1:
        return Query(f"SELECT {q[0]} AS g, count(*) AS n, count({q[1]}) AS m, "
                     f"min({q[1]}) AS low FROM {qa} GROUP BY {q[0]}",
                     ref(c[0], None, None, None), reads(c[0], c[1]))
    if kind == 2:
        return Query(f"SELECT * FROM {qa} WHERE {q[0]} IS NOT {k}",
                     lambda i: list(i[a].types),
                     lambda i: {x: set(i[x].names) if x == a else set()
                                for x in i})
    if kind == 3:
        return Query(f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 "
                     f"FROM n WHERE i < (SELECT count(*) FROM {qa})) SELECT i "
                     f"AS number, i * 0.1 + 0.2 AS r, {literal(rng.choice(WORDS))}"
                     f" AS w FROM n", lambda i: [None] * 3, reads())
    if kind == 4:
        order = ", ".join(quote(x) for x in n)
        return Query(f"SELECT {q[0]} AS v, row_number() OVER w AS pos, "
                     f"lag({q[0]}) OVER w AS before FROM {qa} "
                     f"WINDOW w AS (ORDER BY {order})",
                     ref(c[0], None, None), reads(*n))
    if kind == 5:
        return Query(f"CREATE TEMP TABLE s AS SELECT {q[0]} AS u, {q[1]} AS w "
                     f"FROM {qa};\nCREATE TEMP VIEW big AS SELECT u FROM s "
                     f"WHERE w IS NOT NULL;\nCREATE INDEX s_u ON s(u);\n"
                     f"SELECT u, count(*) AS n FROM big GROUP BY u",
                     ref(c[0], None), reads(c[0], c[1]))
    if kind == 6:
        return Query(f"SELECT upper({q[0]}) || '-' || coalesce({q[1]}, 'ø') AS "
                     f"w, length({q[0]}) AS l, replace({q[0]}, '''', '\"') AS r"
                     f" FROM {qa}", lambda i: [None] * 3, reads(c[0], c[1]))
    if kind == 7:
        return Query(f"SELECT count(*) AS n FROM {qa}", lambda i: [None],
                     reads())
    if kind == 8:
        return Query(f"SELECT {q[0]} AS x, 9223372036854775807 - abs({k}) AS "
                     f"big, {k} / 4.0 AS quarter, NULL AS absent, date("
                     f"'2026-01-01', '+' || {abs(k)} || ' days') AS day "
                     f"FROM {qa} LIMIT 1000", ref(c[0], *[None] * 4),
                     reads(c[0]))
    b, u = ins[-1]
    m = u.names
    e = [rng.choice(m) for _ in range(2)]
    qb, p = quote(b), [quote(x) for x in e]

    def ref2(*cols):
        return lambda i: [None if x is None else
                          i[x[0]].types[i[x[0]].names.index(x[1])]
                          for x in cols]

    def reads2(ca, cb):
        return lambda i: {x: set(ca) | set(cb) if a == b else
                          set(ca) if x == a else
                          set(cb) if x == b else set() for x in i}

    if kind == 9:
        return Query(f"SELECT l.{q[0]} AS x, r.{p[0]} AS y FROM {qa} AS l LEFT "
                     f"JOIN {qb} AS r ON l.{q[1]} = r.{p[1]}",
                     ref2((a, c[0]), (b, e[0])),
                     reads2([c[0], c[1]], [e[0], e[1]]))
    if kind == 10:
        op = rng.choice(["UNION ALL", "UNION", "EXCEPT", "INTERSECT"])
        return Query(f"SELECT {q[0]} AS x FROM {qa} {op} SELECT {p[0]} "
                     f"FROM {qb}", ref(c[0]), reads2([c[0]], [e[0]]))
    if kind == 11:
        parts = [f"SELECT {literal(x)} AS part, count(*) AS n, "
                 f"min({quote(y.names[0])}) AS low FROM {quote(x)}"
                 for x, y in ins]
        first = {x: {y.names[0]} for x, y in ins}
        return Query("\nUNION ALL ".join(parts), lambda i: [None] * 3,
                     lambda i: first)
    if kind == 12:
        return Query(f"SELECT {q[0]} AS x FROM {qa} WHERE EXISTS (SELECT 1 FROM"
                     f" {qb} AS r WHERE r.{p[0]} = {qa}.{q[1]})", ref(c[0]),
                     reads2([c[0], c[1]], [e[0]]))
    if kind == 13:
        return Query(f"SELECT {q[0]} AS x FROM {qa} WHERE {q[1]} NOT IN (SELECT"
                     f" {p[0]} FROM {qb} WHERE {p[0]} IS NOT NULL)", ref(c[0]),
                     reads2([c[0], c[1]], [e[0]]))
    if kind == 14:
        return Query(f"SELECT {q[0]} AS x, (SELECT max({p[0]}) FROM {qb}) AS y "
                     f"FROM {qa} ORDER BY 1", ref(c[0], None),
                     reads2([c[0]], [e[0]]))
    if kind == 15 and a != b and n[0] in m:
        return Query(f"SELECT {quote(n[0])} AS k, l.{q[0]} AS x, r.{p[0]} AS y "
                     f"FROM {qa} AS l JOIN {qb} AS r USING ({quote(n[0])})",
                     ref2((a, n[0]), (a, c[0]), (b, e[0])),
                     reads2([n[0], c[0]], [n[0], e[0]]))
    if a == b:
        return Query(f"SELECT {q[0]} AS x FROM {qa}", ref(c[0]), reads(c[0]))
    common = lambda i: {x for x in i[a].names
                        if x.lower() in {y.lower() for y in i[b].names}}
    return Query(f"SELECT count(*) AS n, min(l.{q[0]}) AS x FROM {qa} AS l "
                 f"NATURAL JOIN {qb} AS r", lambda i: [None, None],
                 lambda i: {x: ({c[0]} if x == a else set()) |
                            (common(i) if x == a else
                             {y for y in i[b].names if y.lower() in
                              {z.lower() for z in i[a].names}} if x == b
                             else set()) for x in i})


class File:
    """A table written down."""

    def __init__(self, rng, path):
        self.path = path
        self.names = ["id"] + rng.sample(NAMES[1:], rng.randrange(1, 5))
        self.kinds = ["i"] + [rng.choice("irtn") for _ in self.names[1:]]
        self.rows = [self.row(rng, i) for i in range(rng.choice([0, 1, 7, 20]))]
        self.key = ["id"] if rng.random() < .4 else []
        self.crlf = rng.random() < .2
        self.bom = rng.random() < .2

    def value(self, rng, kind):
        if rng.random() < .15:
            return None
        if kind == "i":
            return str(rng.choice([rng.randrange(-9, 40), 2**63 - 1]))
        if kind == "r":
            return oracle.real_text(rng.randrange(-50, 50) / 4)
        if kind == "n":
            return rng.choice(["0.1", "0.2", "0.30000000000000004", "1e-07"])
        return rng.choice(WORDS) or None

    def row(self, rng, i):
        return [str(i)] + [self.value(rng, k) for k in self.kinds[1:]]

    def files(self):
        text = oracle.csv_of(self.names, self.rows)
        if self.crlf and "two\nlines" not in text:
            text = text.replace("\n", "\r\n")
        data = (b"\xef\xbb\xbf" if self.bom else b"") + text.encode()
        out = {self.path + ".csv": data}
        if self.key:
            out[self.path] = "# the key\n@key id\n"
        return out

    def table(self):
        return oracle.table_of_file(self.names, self.rows, self.key)

    def seen(self):
        return ("file", self.files()[self.path + ".csv"], tuple(self.key))


class Code:
    """A query in a file. deps: [(spelling, local, [paths], star)]; with a
    star the input is a union."""

    def __init__(self, path, deps, query):
        self.path, self.deps, self.query = path, deps, query
        self.remark, self.header, self.site = "", "", None

    def body(self):
        return self.query.sql + self.remark + "\n"

    def files(self):
        head = self.header + "-- @include action/sql/sqlite\n"
        for spelling, local, _, _ in self.deps:
            head += f"-- @depend {spelling} as {local}\n"
        return {self.path + ".sql": head + self.body()}

    def inputs(self, tables):
        out = {}
        for _, local, paths, star in self.deps:
            if not star:
                out[local] = tables[paths[0]]
                continue
            parts = [tables[p] for p in paths]
            out[local] = oracle.union([(p.split("/")[0], tables[p])
                                       for p in paths])
        return out


class World:
    def __init__(self, seed):
        self.rng = rng = random.Random(seed)
        self.nodes, self.seen = [], set()
        self.tables = {}
        for i in range(rng.randrange(2, 6)):
            d = rng.choice(["raw", "raw/deep/er", "other dir", "ünï"])
            self.add(File(rng, f"{d}/F{i}"))
        for i in range(rng.randrange(5, 14)):
            self.add_code(f"{rng.choice(['out', 'out/x', 'b'])}/Q{i}")
        self.disk = {}

    def add(self, node):
        self.nodes.append(node)
        self.evaluate_one(node)

    def add_code(self, path):
        rng = self.rng
        picked = rng.sample(self.nodes, min(len(self.nodes),
                                            rng.choice([1, 2, 2, 3, 9])))
        deps = [('"/%s"' % p.path if " " in p.path else "/" + p.path,
                 f"t{i}", [p.path], False) for i, p in enumerate(picked)]
        node = Code(path, deps, None)
        node.query = make_query(rng, list(node.inputs(self.tables).items()))
        self.add(node)

    def evaluate_one(self, node):
        """Its table into self.tables; what it sees. Nothing twice: the memo
        goes by the whole tables that are read, not by columns."""
        memo = self.__dict__.setdefault("memo", {})
        if isinstance(node, File):
            key = node.seen()
            if key not in memo:
                memo[key] = node.table()
            self.tables[node.path] = memo[key]
            return key
        keep = [self.tables[p] for _, _, paths, _ in node.deps for p in paths]
        about = (node.body(), tuple(map(id, keep)),
                 tuple((x, len(p), p[0].split("/")[0] if z else "")
                       for _, x, p, z in node.deps))
        if about not in memo:
            ins = node.inputs(self.tables)
            declared = node.query.declared(ins)
            table = oracle.evaluate(node.query.sql, ins, declared,
                                    getattr(node, "key_columns", ()))
            reads = node.query.reads(ins)
            memo[about] = (table, (
                "code", node.body(), tuple(getattr(node, "key_columns", ())),
                tuple((x, ins[x].seen(reads.get(x, set()))) for x in ins)),
                keep)
        self.tables[node.path], key, _ = memo[about]
        return key

    def expect(self):
        """How many executions each set of nodes with one key asks for."""
        new, path_of = {}, {}
        for node in self.nodes:
            key = self.evaluate_one(node)
            if key not in self.seen:
                new.setdefault(key, set()).add(node.path)
            path_of[node.path] = key
        self.seen |= set(new)
        return list(new.values())

    def save(self):
        now = {}
        for node in self.nodes:
            now.update(node.files())
        for path in set(self.disk) - set(now):
            os.remove(path)
        for path, data in now.items():
            if self.disk.get(path) != data:
                oracle.write(".", path, data)
        self.disk = now

    def edit(self):
        rng = self.rng
        files = [n for n in self.nodes if isinstance(n, File)]
        codes = [n for n in self.nodes if isinstance(n, Code)]
        f, c = rng.choice(files), rng.choice(codes)
        kind = rng.randrange(11)
        if kind == 0 and f.rows:
            r = rng.choice(f.rows)
            i = rng.randrange(1, len(f.names))
            r[i] = f.value(rng, f.kinds[i])
            return f"a value of {f.path}"
        if kind == 1:
            f.rows.append(f.row(rng, 1000 + len(f.rows) + rng.randrange(9**9)))
            return f"a row more in {f.path}"
        if kind == 2 and f.rows:
            f.rows.pop(rng.randrange(len(f.rows)))
            return f"a row less in {f.path}"
        if kind == 3:
            name = f"extra{len(f.names)}"
            f.names.append(name)
            f.kinds.append("i")
            for r in f.rows:
                r.append(str(rng.randrange(9)))
            return f"a column more in {f.path}"
        if kind == 4:
            rng.shuffle(f.rows)
            return f"rows of {f.path} in another order"
        if kind == 5:
            f.crlf, f.bom = not f.crlf, not f.bom
            return f"line ends of {f.path}"
        if kind == 6:
            c.remark += " -- r" + str(rng.randrange(10**9))
            return f"a remark in the code of {c.path}"
        if kind == 7:
            c.header += "-- remark\n" * rng.choice([1, 3, 500])
            return f"a remark in the header of {c.path}"
        if kind == 8:
            for n in self.nodes:
                if n.path.startswith("out/") and isinstance(n, Code):
                    self.move(n, "moved" + n.path[3:])
                elif n.path.startswith("moved/"):
                    self.move(n, "out" + n.path[5:])
            return "a directory moved"
        if kind == 9:
            self.add_code(f"more/N{len(self.nodes)}")
            return "a node more"
        old = c.query
        c.query = make_query(rng, list(c.inputs(self.tables).items()))
        before = self.tables[c.path].names
        try:
            self.evaluate_one(c)
        except Exception:
            c.query = old
        if self.tables[c.path].names != before:
            c.query = old  # its readers name columns
        self.evaluate_one(c)
        return f"another query in {c.path}"

    def move(self, node, to):
        old = node.path
        node.path = to
        self.tables[to] = self.tables.pop(old)
        for n in self.nodes:
            if isinstance(n, Code):
                n.deps = [(s.replace("/" + old, "/" + to)
                           if p == [old] else s, x,
                           [to if y == old else y for y in p], z)
                          for s, x, p, z in n.deps]


def run_and_check(world, what):
    """Runs; what ran is what had to, node for node: how many."""
    if os.path.exists(".git/sluice"):
        oracle.commit(".")
    world.save()
    want = world.expect()
    plan = oracle.plan(".")
    got = oracle.run(".")
    computed = {n["node"] for n in got["nodes"] if n["status"] == "computed"}
    bad = [n for n in got["nodes"] if n["status"] not in ("computed", "reused")]
    if bad:
        raise SystemExit(f"{what}: {bad}")
    if got["counts"]["nodes"] != len(world.nodes):
        raise SystemExit(f"{what}: {got['counts']}, not {len(world.nodes)}")
    allowed = set().union(*want) if want else set()
    if computed - allowed:
        raise SystemExit(f"{what}: ran needlessly: {sorted(computed - allowed)}")
    if plan and computed - set(plan["affected"]):
        raise SystemExit(f"{what}: ran, and was not planned: "
                         f"{sorted(computed - set(plan['affected']))}")
    for group in want:
        if not group & computed:
            raise SystemExit(f"{what}: did not run: {sorted(group)}")
    return len(computed)


def check(world, what):
    n = run_and_check(world, what)
    for node in world.nodes:
        oracle.compare(".", node.path, world.tables[node.path])
    return n


def main():
    seed, steps = int(sys.argv[1]), int(sys.argv[2])
    world = World(seed)
    total = check(world, "the first run")
    for i in range(steps):
        what = world.edit()
        total += check(world, f"seed {seed}, step {i}: {what}")
    oracle.commit(".")
    shutil.rmtree(".git/sluice")
    world.seen = set()
    check(world, f"seed {seed}: from nothing")
    print(f"seed {seed}: {len(world.nodes)} nodes, {steps} edits, "
          f"{total} executions")


if __name__ == "__main__":
    main()
