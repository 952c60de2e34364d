"""clinics.py: a pipeline of 1,312 nodes with known answers: 93 clinics that
mount one library, each third overriding a node of it; a table that 93 nodes
read; unions over all clinics; a node of 220 inputs; layers of random queries
above. Then edits, each with the executions it must cause and no others. In
the directory it is started in."""
import random

import oracle
import random_edits

CLINICS = [f"Clinic{i:02d}" for i in range(93)]
CODES = {"1": "female", "2": "male", "9": None}

# name: (directives, body, {local: (node of the clinic or /node, columns
# that are read)}, for each column of the output where its type comes from,
# the key)
LIBRARY = {
    "Patient": (
        "-- @depend ./raw_patient as p\n-- @depend /terminology/Sex as s\n"
        "-- @key patient_id\n",
        "SELECT id AS patient_id, mrn, {{site}} AS site, label AS sex, born\n"
        "FROM p LEFT JOIN s USING (code)\n",
        {"p": ("raw_patient", {"id", "mrn", "code", "born"}),
         "s": ("/terminology/Sex", {"code", "label"})},
        [("p", "id"), ("p", "mrn"), None, ("s", "label"), ("p", "born")],
        ["patient_id"]),
    "Lab": (
        "-- @depend ./raw_lab as l\n-- @depend ./Patient as p\n",
        "SELECT l.patient_id, l.test, l.value * 10 AS value_mg,\n"
        "       row_number() OVER (PARTITION BY l.patient_id, l.test\n"
        "           ORDER BY l.taken, l.value) AS nth, l.taken\n"
        "FROM l NATURAL JOIN (SELECT patient_id FROM p) AS q\n",
        {"l": ("raw_lab", {"patient_id", "test", "value", "taken"}),
         "p": ("Patient", {"patient_id"})},
        [("l", "patient_id"), ("l", "test"), None, None, ("l", "taken")], []),
    "Latest": (
        "-- @depend ./Lab as l\n-- @key patient_id, test\n",
        "WITH last AS (SELECT patient_id, test, max(nth) AS nth FROM l\n"
        "  GROUP BY 1, 2)\n"
        "SELECT patient_id, test, value_mg FROM l\n"
        "JOIN last USING (patient_id, test, nth)\n",
        {"l": ("Lab", {"patient_id", "test", "nth", "value_mg"})},
        [("l", "patient_id"), ("l", "test"), ("l", "value_mg")],
        ["patient_id", "test"]),
    "Wide": (
        "-- @depend ./Latest as t\n-- @depend ./Patient as p\n"
        "-- @key patient_id\n",
        "CREATE TEMP TABLE alb AS SELECT patient_id, value_mg FROM t\n"
        "WHERE test = 'albumin, \"serum\"';\n"
        "CREATE TEMP VIEW crp AS SELECT patient_id, value_mg FROM t\n"
        "WHERE test = 'C-reaktives Eiweiß';\n"
        "SELECT p.patient_id, p.site, alb.value_mg AS albumin,\n"
        "       crp.value_mg AS crp\n"
        "FROM p LEFT JOIN alb USING (patient_id)\n"
        "LEFT JOIN crp USING (patient_id)\n",
        {"t": ("Latest", {"patient_id", "test", "value_mg"}),
         "p": ("Patient", {"patient_id", "site"})},
        [("p", "patient_id"), ("p", "site"), ("t", "value_mg"),
         ("t", "value_mg")], ["patient_id"]),
    "Count": (
        "-- @depend ./Patient as p\n-- @depend ./Lab as l\n",
        "SELECT {{site}} AS site, (SELECT count(*) FROM p) AS patients,\n"
        "       (SELECT count(*) FROM l) AS labs, 9007199254740993 AS big\n",
        {"p": ("Patient", set()), "l": ("Lab", set())}, [None] * 4, []),
    "Untested": (
        "-- @depend ./Patient as p\n-- @depend ./Lab as l\n",
        "SELECT patient_id FROM p EXCEPT SELECT patient_id FROM l\n",
        {"p": ("Patient", {"patient_id"}), "l": ("Lab", {"patient_id"})},
        [("p", "patient_id")], []),
    "Days": (
        "-- @depend ./Patient as p\n",
        "WITH RECURSIVE d(n, day) AS (SELECT 0, (SELECT min(born) FROM p)\n"
        "  UNION ALL SELECT n + 1, date(day, '+1 month') FROM d WHERE n < 5)\n"
        "SELECT n, day, n * 0.1 + 0.2 AS share FROM d\n",
        {"p": ("Patient", {"born"})}, [None] * 3, []),
    "Sexes": (
        "-- @depend ./Patient as p\n",
        "SELECT sex, count(*) AS n FROM p GROUP BY sex HAVING count(*) > 0\n",
        {"p": ("Patient", {"sex"})}, [("p", "sex"), None], []),
    "Notes": (
        "-- @depend ./raw_patient as p\n",
        "SELECT id, 'it''s ' || coalesce(mrn, 'ø') || '\nline' AS note FROM p\n"
        "UNION ALL SELECT NULL, {{site}}\n",
        {"p": ("raw_patient", {"id", "mrn"})}, [("p", "id"), None], []),
    "Empty": (
        "-- @depend ./Patient as p\n",
        "SELECT patient_id, born FROM p WHERE patient_id < 0\n",
        {"p": ("Patient", {"patient_id", "born"})},
        [("p", "patient_id"), ("p", "born")], []),
}
TESTS = ['albumin, "serum"', "C-reaktives Eiweiß", "Hb", "two\nlines"]


class Clinic(random_edits.Code):
    """A node of the library, as a clinic has it."""

    def __init__(self, clinic, name, hidden=False):
        head, body, inputs, types, key = LIBRARY[name]
        self.name, self.clinic, self.key_columns = name, clinic, key
        self.columns = {x: cols for x, (_, cols) in inputs.items()}
        query = random_edits.Query(
            body.replace("{{site}}", f"'{clinic[-2:]}'"),
            lambda i: [t and i[t[0]].types[i[t[0]].names.index(t[1])]
                       for t in types], lambda i: self.columns)
        super().__init__(
            f"{clinic}/{name}{'^' if hidden else ''}",
            [("", x, [p[1:] if p[0] == "/" else f"{clinic}/{p}"], False)
             for x, (p, _) in inputs.items()], query)

    def files(self):
        return {}


class Override(random_edits.Code):
    """Each third clinic measures in another unit."""
    key_columns = ()

    def __init__(self, clinic):
        self.clinic = clinic
        query = random_edits.Query(
            "SELECT patient_id, test, value_mg / 2 AS value_mg, nth, taken\n"
            "FROM super",
            lambda i: [i["super"].types[0], "text", None,
                       i["super"].types[3], i["super"].types[4]],
            lambda i: {"super": set(i["super"].names)})
        super().__init__(f"{clinic}/Lab",
                         [("super", "super", [f"{clinic}/Lab^"], False)],
                         query)

    def files(self):
        return {self.path + ".sql": "-- @override\n-- @include action/sql/"
                "sqlite\n-- @depend super\n" + self.body()}


class Union(random_edits.Code):
    key_columns = ()

    def __init__(self, name, nodes):
        query = random_edits.Query(
            "SELECT * FROM u", lambda i: list(i["u"].types),
            lambda i: {"u": set(i["u"].names)})
        super().__init__(f"all/{name}", [
            (f"/*/{name}", "u", nodes, True)], query)


class Raw(random_edits.File):
    def __init__(self, rng, path, names, rows):
        self.path, self.names, self.rows = path, names, rows
        self.key, self.crlf, self.bom = [], rng.random() < .2, False


class World(random_edits.World):
    def __init__(self, rng):
        self.rng, self.nodes, self.seen, self.tables = rng, [], set(), {}
        self.extra, self.disk = {}, {}
        self.library()
        for clinic in CLINICS:
            self.clinic(clinic)
        for name in LIBRARY:
            self.add(Union(name, [f"{c}/{name}" for c in CLINICS]))
        every = [n.path for n in self.nodes
                 if n.path.startswith("Clinic") and "^" not in n.path]
        picked = rng.sample(every, 220)
        deps = [("/" + p, f"t{i}", [p], False) for i, p in enumerate(picked)]
        wide = random_edits.Code("top/Wide220", deps, None)
        wide.query = random_edits.make_query(
            rng, list(wide.inputs(self.tables).items()))
        self.add(wide)
        while len(self.nodes) < 1312:
            self.layer()

    def library(self):
        self.add(Raw(self.rng, "terminology/Sex", ["code", "label"],
                     [[k, v] for k, v in CODES.items()]))
        self.extra["lib/library"] = "@abstract\n@param site\n"
        for name, (head, body, _, _, _) in LIBRARY.items():
            self.extra[f"lib/{name}.sql"] = \
                "-- @include action/sql/sqlite\n" + head + body

    def clinic(self, clinic):
        rng = self.rng
        n = rng.choice([0, 1, 5, 12])
        ids = [str(i * 7 + 1) for i in range(n)]
        self.extra[f"{clinic}/mount"] = f"@include /lib site={clinic[-2:]}\n"
        self.add(Raw(rng, f"{clinic}/raw_patient",
                     ["id", "mrn", "code", "born"],
                     [[i, "00" + i if rng.random() < .8 else None,
                       rng.choice(list(CODES)), f"19{rng.randrange(40, 99)}-0"
                       f"{rng.randrange(1, 9)}-15"] for i in ids]))
        self.add(Raw(rng, f"{clinic}/raw_lab",
                     ["patient_id", "test", "value", "taken"],
                     [[rng.choice(ids), rng.choice(TESTS),
                       oracle.real_text(rng.randrange(1, 400) / 8),
                       f"2026-01-{j + 1:02d}"] for j in range(n * 2)]))
        for name in LIBRARY:
            hidden = name == "Lab" and int(clinic[-2:]) % 3 == 0
            self.add(Clinic(clinic, name, hidden))
            if hidden:
                self.add(Override(clinic))

    def layer(self):
        """A random query over what lies below, one or two inputs."""
        rng = self.rng
        pool = [n for n in self.nodes if n.path.startswith(("all/", "top/"))]
        picked = rng.sample(pool, rng.choice([1, 2]))
        node = random_edits.Code(
            f"top/L{len(self.nodes)}",
            [("/" + p.path, f"t{i}", [p.path], False)
             for i, p in enumerate(picked)], None)
        ins = node.inputs(self.tables)
        node.query = random_edits.make_query(rng, list(ins.items()))
        if len(oracle.evaluate(node.query.sql, ins,
                               node.query.declared(ins)).rows) < 3000:
            self.add(node)

    def save(self):
        super().save()
        for path, text in self.extra.items():
            oracle.write(".", path, text)


def check(world, what, compared):
    n = random_edits.run_and_check(world, what)
    for node in world.nodes:
        if node.path.startswith(compared):
            oracle.compare(".", node.path, world.tables[node.path])
    print(f"{what}: {n} of {len(world.nodes)} nodes ran")
    return n


def main():
    world = World(random.Random(1312))
    assert len(world.nodes) == 1312
    fan = sum("terminology/Sex" in p for n in world.nodes
              if isinstance(n, random_edits.Code)
              for _, _, p, star in n.deps if not star)
    assert fan == 93, fan
    # the unions hold every row of every clinic, the others stand for many
    check(world, "from nothing", ("all/", "top/W", "top/L12"))
    assert check(world, "once more", ()) == 0

    lab = next(n for n in world.nodes
               if n.path.endswith("/raw_lab") and n.rows)
    lab.rows[0][2] = "777.25"
    check(world, "a value", ("all/L", "all/W", "top/W"))

    for row in lab.rows:
        row.append("x")
    lab.names.append("remark")
    assert check(world, "a column that nobody reads", ()) == 1

    world.extra["lib/Count.sql"] = "-- a remark\n" + \
        world.extra["lib/Count.sql"]
    assert check(world, "a remark in the library's header", ()) == 0

    world.extra["lib/Sexes.sql"] += "-- a remark\n"
    for n in world.nodes:
        if getattr(n, "name", "") == "Sexes":
            n.query.sql += "-- a remark\n"
    check(world, "a remark in the library's code", ("all/Sexes",))

    world.nodes[0].rows.append(["7", "divers"])
    check(world, "a row more in what 93 read", ("all/Sexes", "all/Patient"))

    for n in world.nodes:
        if n.path.startswith("top/"):
            world.move(n, "summit/" + n.path[4:])
    assert check(world, "a moved directory", ()) == 0
    assert check(world, "what is read at the end", ("summit/L123",)) == 0


if __name__ == "__main__":
    main()
