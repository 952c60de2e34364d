"""rows_table.py: large tables: in, out, from node to node, and compared."""
import hashlib
import os
import statistics
import subprocess

from graphs import HERE
from measure import Failed, Row, Side, Target, number, peak_mib, run
from rows_run import Edited, forget

LAB = "CREATE TABLE lab(id INTEGER, patient TEXT, code TEXT, name TEXT, taken TEXT, value REAL)"
SUMS = "SELECT count(*) AS n, sum(value) AS total FROM %s"
WHOLE = ("SELECT count(*) AS n, sum(value) AS total, sum(id) AS ids, sum(length(patient)) AS a,\n"
         "  sum(length(code)) AS b, sum(length(name)) AS c, sum(length(taken)) AS d FROM %s")


def new_desk(path, files):
    """A pipeline of these files, {name: text}, all of them committed."""
    os.makedirs(path)
    for name, text in files.items():
        with open(os.path.join(path, name), "w", encoding="utf-8") as f:
            f.write(text)
    run("git", "init", "-q", "-b", "main", cwd=path)
    run("git", "add", "-A", cwd=path)
    run("git", "commit", "-q", "-m", "tables", cwd=path)
    return path


def digest(command, cwd=None):
    """SHA-256 of what a command prints."""
    h = hashlib.sha256()
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE) as p:
        for block in iter(lambda: p.stdout.read(1 << 20), b""):
            h.update(block)
    if p.returncode:
        raise Failed(" ".join(command))
    return h.hexdigest()


class Labs:
    """The table of labs.py as a file, in order or shuffled; a pipeline whose
    node Lab reads it from a landing directory; and its SQL nodes above."""

    def __init__(self, bench, order):
        self.order, self.rows = order, bench.size(2800000, 100000)
        where = bench.path("labs-" + order)
        os.makedirs(where + "/landing")
        self.file = where + "/landing/lab.csv"
        run("python3", HERE + "/labs.py", str(self.rows), self.file, order)
        os.utime(self.file, (1700000000, 1700000000))
        self.bytes = os.path.getsize(self.file)
        self.desk = new_desk(where + "/desk", {
            "Lab": "@include action/source/file\n@path lab.csv\n@key id\n",
            "Copy.sql": "-- @include action/sql/sqlite\n-- @depend ./Lab\n-- @key id\n"
                       "SELECT id, patient, code, name, taken,\n"
                       "  CASE WHEN id % 1000 = -1 THEN value + 1 ELSE value END AS value\n"
                       "FROM Lab\n",
            "Sum.sql": "-- @include action/sql/sqlite\n-- @depend ./Copy\n" + SUMS % "Copy" + "\n"})
        run("git", "config", "sluice.landing", where + "/landing", cwd=self.desk)
        self.sqlite, self.duckdb = where + "/lab.db", where + "/lab.duckdb"

    def is_loaded(self, bench):
        """In our store, and in a database of each peer."""
        run("sluice", "run", "/Lab", cwd=self.desk)
        if not os.path.exists(self.sqlite):
            for side in self.peers(bench):
                if side:
                    if side.before:
                        side.before()
                    run(*side.command)
        return self

    def peers(self, bench):
        rows = str(self.rows)
        sqlite = ["sqlite3", "-bail", self.sqlite, LAB, ".import --csv --skip 1 %s lab" % self.file,
                  "SELECT count(*) FROM lab"]
        read = "CREATE TABLE lab AS SELECT * FROM read_csv('%s')" % self.file
        return [Side("`sqlite3 .import`", sqlite, before=lambda: run("rm", "-f", self.sqlite),
                     check=lambda text: text.strip() == rows),
                in_duckdb(bench, "DuckDB, two threads", self.duckdb, 2, read,
                          "SELECT count(*) FROM lab",
                          before=lambda: run("rm", "-f", self.duckdb),
                          check=lambda text: text.strip() == rows)]


def in_duckdb(bench, name, database, threads, *statements, **more):
    """None where there is no library (said at the beginning)."""
    if not os.path.exists(bench.library):
        return None
    return Side(name, ["python3", HERE + "/in_duckdb.py", bench.library, database, str(threads),
                       *statements], **more)


def labs(bench, order="ordered"):
    return bench.once(("labs", order), lambda: Labs(bench, order))


def csv(bench):
    first = None
    for order, most in (("ordered", 1 / 6), ("shuffled", 1 / 3)):
        lab = labs(bench, order)
        what = "%.0f MB, %s" % (lab.bytes / 1e6, "in order" if order == "ordered" else order)
        command = ["sluice", "run", "/Lab"]
        bench.compare(what, [
            Side("`sluice run`", command, cwd=lab.desk, before=forget(lab.desk),
                 check=lambda text: "1 node: 1 computed" in text), *lab.peers(bench)],
            bench.size(3, 2), [Target(most)])
        got = digest(["sluice", "get", "/Lab"], lab.desk)
        if got != (first := first or digest(["cat", lab.file])):
            raise Failed("the table is not the file")
        forget(lab.desk)()
        most_mib = peak_mib(command, lab.desk)
        bench.add(Row(what + ", peak memory", "%.0f MiB" % most_mib, "512 MiB", most_mib / 512,
                      Target(1, "512 MiB")))


def csvout(bench):
    lab = labs(bench).is_loaded(bench)
    out = bench.path("out.csv")

    def whole(_):
        with open(out, "rb") as f:
            return sum(block.count(b"\n") for block in iter(lambda: f.read(1 << 20), b"")) \
                == lab.rows + 1
    bench.compare("%.0f MB" % (lab.bytes / 1e6), [
        Side("`sluice get`", ["sluice", "get", "/Lab", "-o", out], cwd=lab.desk, check=whole),
        Side("`sqlite3 -csv`", "sqlite3 -csv -header %s 'SELECT * FROM lab' >%s" % (
            lab.sqlite, out), check=whole),
        in_duckdb(bench, "DuckDB, two threads", lab.duckdb, 2, "COPY lab TO '%s' (HEADER)" % out,
                  check=whole)], bench.size(3, 2), [Target(1 / 4)])


def handoff(bench):
    lab = labs(bench).is_loaded(bench)
    run("sluice", "run", cwd=lab.desk)
    again, csv_file = bench.path("again.db"), bench.path("again.csv")
    both = Side("both", "sqlite3 -csv -header %s 'SELECT * FROM lab' >%s && sqlite3 %s '%s' "
                "'.import --csv --skip 1 %s lab'" % (lab.sqlite, csv_file, again, LAB, csv_file),
                before=lambda: run("rm", "-f", again))
    for sums, read in ((SUMS, "one column of six"), (WHOLE, "all six columns")):
        remark = Edited(lab.desk + "/Sum.sql", lambda text, i, sums=sums: text.replace(
            SUMS % "Copy", sums % "Copy") + "-- %d\n" % i)
        for _ in range(2):
            remark.turn()
            run("sluice", "run", "/Sum", cwd=lab.desk)
        reader = Side("reader", ["sluice", "run", "/Sum"], cwd=lab.desk, before=remark.turn,
                      check=lambda text: "1 computed" in text)
        alone = Side("alone", ["sqlite3", "-bail", lab.sqlite, sums % "lab"],
                     check=lambda text: text.startswith("%d|" % lab.rows))
        taken = bench.measure([reader, alone, both], bench.size(3, 2))
        remark.write(remark.text)
        mine = [r.ms - a.ms for r, a in zip(taken["reader"], taken["alone"])]
        theirs = [b.ms for b in taken["both"]]
        bench.add(Row("%.0f MB to a SQLite node that reads %s" % (lab.bytes / 1e6, read),
                      "`sluice run` of the reader, less its statement in `sqlite3`: %s ms"
                      % number(max(0, statistics.median(mine))),
                      "CSV out and in by `sqlite3`: %s ms" % number(statistics.median(theirs)),
                      max(0.0001, statistics.median(m / t for m, t in zip(mine, theirs))),
                      Target(1 / 50)))


FIRST = {
    "sqlite": "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < %d)\n"
              "SELECT id, id * 7919 %% 1000003 AS v, 'name ' || id %% 1000 AS name FROM n",
    "duckdb": "SELECT i AS id, i * 7919 %% 1000003 AS v, 'name ' || i %% 1000 AS name\n"
              "FROM range(1, %d + 1) t(i)"}
NEXT = "SELECT id, (v * 31 + %d) %% 1000003 AS v, name FROM c%d"


def sums_of(desk, node):
    """Rows, and the sum of the column v, as `sluice get` gives them."""
    with subprocess.Popen(["sluice", "get", node], cwd=desk, stdout=subprocess.PIPE) as p:
        next(p.stdout)
        values = [int(line.split(b",")[1]) for line in p.stdout]
    return len(values), sum(values)


def chain(bench):
    rows = bench.size(1000000, 50000)
    for engine in ("sqlite", "duckdb"):
        statements = [FIRST[engine] % rows] + [NEXT % (k, k - 1) for k in range(1, 10)]
        desk = new_desk(bench.path("chain-" + engine), {
            "c%d.sql" % k: "-- @include action/sql/%s\n%s-- @key id\n%s\n" % (
                engine, "-- @depend ./c%d\n" % (k - 1) if k else "", s)
            for k, s in enumerate(statements)})
        script = ["CREATE TABLE c%d AS %s" % (k, s) for k, s in enumerate(statements)]
        total = "SELECT sum(v)%s FROM c9" % ("::BIGINT" if engine == "duckdb" else "")
        database = bench.path("chain." + engine)
        gone = lambda: run("rm", "-f", database)
        said = []
        keep = lambda text: said.append(int(text.strip())) is None
        if engine == "sqlite":
            peers = [Side("one database of `sqlite3`",
                          ["sqlite3", "-bail", database, *script, total], before=gone, check=keep)]
        else:
            peers = [in_duckdb(bench, "one database of DuckDB, %s" % name, database, threads,
                               *script, total, before=gone, check=keep)
                     for threads, name in ((1, "one thread"), (2, "two threads"))]
        if peers[0] is None:
            continue
        bench.compare("ten nodes of %d rows, %s" % (rows, engine), [
            Side("`sluice run`", ["sluice", "run"], cwd=desk, before=forget(desk),
                 check=lambda text: "10 nodes: 10 computed" in text), *peers],
            bench.size(3, 2), [Target(1.5)] * 2)
        if sums_of(desk, "/c9") != (rows, said[0]):
            raise Failed("the chain's end is not what the database has")


def size_of(folder):
    """Bytes of all files below it, each once, without images that SQLite reads (a cache: they
    go where the disk has no room for them)."""
    seen = {}
    for path, folders, names in os.walk(folder):
        if path.endswith("/derived") and "sqlite" in folders:
            folders.remove("sqlite")
        for name in names:
            s = os.lstat(os.path.join(path, name))
            seen[s.st_ino] = s.st_size
    return sum(seen.values())


def delta(bench):
    lab = labs(bench).is_loaded(bench)
    store = lab.desk + "/.git/sluice"
    code = Edited(lab.desk + "/Copy.sql", lambda text, i: text.replace("= -1", "= %d" % i))
    run("sluice", "run", "--at", "HEAD", cwd=lab.desk)
    run("sluice", "run", cwd=lab.desk)
    before = size_of(store)
    code.turn()
    run("sluice", "run", "/Copy", cwd=lab.desk)
    new, changed = size_of(store) - before, lab.rows // 1000
    bench.add(Row("0.1 % of the rows changed, new bytes", "%.1f MB" % (new / 1e6),
                  "all of it as CSV: %.0f MB" % (lab.bytes / 1e6), new / lab.bytes, Target(0.03)))
    old, now = bench.path("old.csv"), bench.path("now.csv")
    run("sluice", "get", "/Copy", "-o", now, cwd=lab.desk)
    run("sluice", "get", "/Lab", "-o", old, cwd=lab.desk)
    two = bench.path("two.db")
    run("sqlite3", "-bail", two, LAB.replace("lab(id INTEGER", "old(id INTEGER PRIMARY KEY"),
        LAB.replace("lab(id INTEGER", "now(id INTEGER PRIMARY KEY"),
        ".import --csv --skip 1 %s old" % old, ".import --csv --skip 1 %s now" % now)
    columns = ("patient", "code", "name", "taken", "value")
    differ = "SELECT count(*) FROM old JOIN now USING (id) WHERE (%s) IS NOT (%s)" % (
        ", ".join("old." + c for c in columns), ", ".join("now." + c for c in columns))
    bench.compare("0.1 % of the rows changed, `diff`", [
        Side("`sluice diff`", ["sluice", "diff", "/Copy"], cwd=lab.desk,
             check=lambda text: "%d changed" % changed in text.replace(",", "")),
        Side("`diff` of two CSV files", "diff %s %s >%s; test $? = 1" % (
            old, now, bench.path("differences"))),
        Side("a join in `sqlite3`", ["sqlite3", two, differ],
             check=lambda text: text.strip() == str(changed))], bench.size(3, 2),
        [Target(1 / 10), Target(1 / 10)])
    code.write(code.text)


def landing(bench):
    """A landing directory of many files, none of which has changed."""
    count, where = bench.size(100000, 1000), bench.path("landing")
    for i in range(count):
        folder = "%s/files/c%02d/%03d" % (where, i // 10000, i // 100 % 100)
        if i % 100 == 0:
            os.makedirs(folder)
        with open("%s/2026-%06d.csv" % (folder, i), "w", encoding="ascii") as f:
            f.write("id,value\n%d,1\n" % i)
        os.utime(f.name, (1700000000, 1700000000))
    desk = new_desk(where + "/desk", {"Labs": "@include action/source/file\n@path */*/*.csv\n"})
    server = where + "/server.git"
    run("git", "clone", "-q", "--bare", desk, server)
    run("git", "config", "sluice.landing", where + "/files", cwd=server)
    take = ["sluice", "snapshot", "--take"]
    run(*take, cwd=server)
    look = ["find", where + "/files", "-printf", "%s %T@ %C@ %i %p\\n"]
    bench.compare("%d files, none changed" % count, [
        Side("`sluice snapshot --take`", take, cwd=server), Side("`find`", look)],
        bench.size(5, 2))
    bench.add(Row("%d files, peak memory" % count, "%.0f MiB" % peak_mib(take, server),
                  "%.0f MiB" % peak_mib(look, server), None))
