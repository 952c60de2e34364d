"""clinics_sql.py DIR: the graph of 1,312 nodes that an end-to-end test has
(tests/e2e/clinics.py) as a pipeline, DIR/sluice, and as one script of SQL,
DIR/all.sql, which makes the same tables in one database of SQLite."""
import os
import random
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))
import clinics  # noqa: E402
import random_edits  # noqa: E402
from oracle import literal, quote  # noqa: E402

TEMP = re.compile(r"CREATE TEMP (TABLE|VIEW) (\w+)")


def value(text, kind):
    return "NULL" if text is None else literal(text) if kind == "text" else text


def file_table(node):
    """The statements that make the table of a file."""
    table = node.table()
    columns = ", ".join(quote(n) + " " + t for n, t in zip(table.names, table.types))
    yield "CREATE TABLE %s (%s)" % (quote(node.path), columns)
    if table.rows:
        yield "INSERT INTO %s VALUES %s" % (quote(node.path), ", ".join(
            "(%s)" % ", ".join(map(value, row, table.types)) for row in table.cells()))


def query_table(node):
    """The same of a query: its inputs are views of the names that it knows."""
    for _, local, paths, star in node.deps:
        parts = ["SELECT %s* FROM %s" % (
            literal(p.split("/")[0]) + " AS _from, " if star else "", quote(p)) for p in paths]
        yield "CREATE TEMP VIEW %s AS %s" % (quote(local), " UNION ALL ".join(parts))
    statements = [s for s in node.body().split(";\n") if s.strip()]
    yield from statements[:-1]
    yield "CREATE TABLE %s AS %s" % (quote(node.path), statements[-1])
    for kind, name in reversed(TEMP.findall(node.body())):
        yield "DROP %s temp.%s" % (kind, name)
    for _, local, _, _ in node.deps:
        yield "DROP VIEW temp.%s" % quote(local)


def main():
    world = clinics.World(random.Random(1312))
    with open(sys.argv[1] + "/all.sql", "w", encoding="utf-8") as f:
        f.write("BEGIN;\n")
        for node in world.nodes:
            make = file_table if isinstance(node, random_edits.File) else query_table
            for statement in make(node):
                f.write(statement + ";\n")
        f.write("COMMIT;\nSELECT count(*) FROM sqlite_schema WHERE type = 'table';\n")
    os.makedirs(sys.argv[1] + "/sluice")
    os.chdir(sys.argv[1] + "/sluice")
    world.save()


main()
