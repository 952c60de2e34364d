"""document.py: the groups of rows, with the words that stand beside each in
docs/BENCHMARKS.md, and how that is made of what runs have kept."""
import json
import os
import platform
import shutil
import subprocess
import textwrap
import time

import rows_plan
import rows_run
import rows_table
from graphs import HERE

HEAD = "| what | ours | peer | ratio | to reach | holds |\n|---|---|---|---|---|---|"
PEERS = ("make", "ninja", "tup", "bazel", "snakemake", "sqlite3", "bwrap")


class Group:
    """A table of the document. how: what is measured, and how."""

    def __init__(self, title, measure, how):
        self.title, self.measure, self.how = title, measure, " ".join(how.split())


GROUPS = {
    "plan": Group("push → plan known, one file changed, five nodes below", rows_plan.plan, """
        A bare repository with the hook, whose runner has run everything; a prepared commit is
        pushed to a new branch. Resident: from the hook's start until it has printed how many nodes
        are affected, as git itself tells it (GIT_TRACE2_EVENT); the repository is in memory, so the
        disk's sync is not in it. One-shot: `sluice plan` in that repository. Peer: `git checkout`
        of such a commit and `ninja -n`, in a work tree that is all built. Each must tell of six
        nodes."""),
    "cold": Group("the same with nothing indexed", rows_plan.cold, """
        `sluice plan` from an empty commit to the whole graph, in a fresh bare clone whose
        `sluice/` is removed each time; peer: `git cat-file --batch` of the same blobs, whose names
        it is given."""),
    "noop": Group("a run with nothing to do", rows_run.noop, """
        `sluice run` in the work tree; `sluice run --at HEAD`; with the runner resident a push of a
        commit with the same tree, from the hook's start until it has printed that no node is
        affected. Peers on the same graph, all built. Flat in N: two of ours in turn."""),
    "edit": Group("one node edited, and run", rows_run.edit, """
        Each takes up an edit of one source in a graph of 1,000 nodes of which all is built. All
        different: the values of the node change and with them all below (ours, tup and bazel stop
        where a result is the same; their commands sum up a number of all inputs, as the SQL does;
        make copies its own source). Output equal: a comment in the code, or for the peers a word
        that is not summed up. bazel: warm server, `--spawn_strategy=local`. How many nodes run
        is checked."""),
    "nodes": Group("1,000 trivial SQL nodes from nothing, two jobs", rows_run.nodes, """
        An empty store, on the same disk, which is durable when the run ends; a node joins up to
        three tables of 20 rows. make and ninja copy a file a node and sync nothing. What the run
        before left, of each, is moved away: where it is removed, ext4's search for free inodes past
        those that just went is half of what is measured."""),
    "clinics": Group("1,312 nodes of one to some thousand rows, depth 35, one node with 220 inputs",
                     rows_run.clinics, """
        The graph of an end-to-end test from an empty store; peer: one `sqlite3` that makes the same
        1,312 tables, in one transaction in a file, with a view for each input."""),
    "sandbox": Group("a trivial Bash node, a trivial Python node, sandboxed", rows_run.sandbox, """
        So many nodes without inputs that write a table of one row, from an empty store, two jobs;
        the time of all by their number. bazel: genrules after `bazel clean`, warm server,
        `--spawn_strategy=linux-sandbox --jobs=2`. bwrap and python3 by `xargs -P2`."""),
    "csv": Group("a CSV file → a stored, typed, ordered table", rows_table.csv, """
        2.8 million rows of six columns, a third of the names quoted, in the landing directory;
        `sluice run` of the node that reads it, with its snapshot, from an empty store. Peers:
        `.import` into a typed table of a file (no key, so in no order), DuckDB's `read_csv` into a
        file. Peak: the largest process. The table must come out of the store as the bytes
        of the file that is in order, shuffled or not."""),
    "csvout": Group("that table → CSV", rows_table.csvout, """
        `sluice get -o FILE`; `sqlite3 -csv -header` and DuckDB's `COPY` from their own files."""),
    "handoff": Group("that table from one SQL node to the next", rows_table.handoff, """
        A node that counts and sums what another SQL node gave, its text new each time, for the
        third time and later (at the second the image is made that it reads: formats.md); from that
        is taken the same statement by `sqlite3` in a database that has the table. What is 0 was
        quicker than that: the node's database has the columns that are read and no others."""),
    "chain": Group("a chain of ten SQL nodes, a million rows each", rows_table.chain, """
        From an empty store; peer: the ten statements as `CREATE TABLE ... AS` in one database, in a
        file. The sum of the last table's values is compared."""),
    "delta": Group("0.1 % of that table's rows changed", rows_table.delta, """
        A SQL node over the table changes one value in a thousand. New bytes: what the store grew
        by, without images for SQLite (of what is read again and again, while there is room). `sluice diff` of that node between HEAD and the files; beside it `diff` of both tables
        as CSV, and a join by key in one database, both made before."""),
    "hook": Group("hook start → exit, without the disk's sync", rows_plan.hook, """
        `sluice-hook` is given the line of a push as git gives it, 500 times, each when the runner
        has taken in the last; the repository, with 10,000 tags, is in memory."""),
    "planmem": Group("peak memory of the planner", rows_plan.planmem, """
        The largest process of `sluice plan` of the whole graph; the runner's own since its start,
        after a run of all nodes, which were in the store. Peer: `ninja -n`."""),
    "landing": Group("a landing directory of which nothing has changed", rows_table.landing, """
        `sluice snapshot --take` beside `find`, which looks at each file once; we look twice."""),
}


def tell_absent(library):
    there = {tool: shutil.which(tool) for tool in PEERS}
    there["DuckDB (make duckdb)"] = os.path.exists(library)
    for tool, is_there in there.items():
        if not is_there:
            print("bench: %s IS ABSENT: its rows are left out" % tool, flush=True)


def first_line(*command):
    """What a command says of itself, or "": no reason to end."""
    done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    return done.stdout.decode(errors="replace").split("\n", 1)[0].strip()


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        names = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
    with open("/proc/meminfo", encoding="ascii") as f:
        memory = int(f.readline().split()[1]) / (1 << 20)
    return "%d × %s, %.0f GiB, Linux %s" % (os.cpu_count(), names[0] if names else "?", memory,
                                            ".".join(platform.release().split(".")[:2]))


def keep(folder, name, bench, load):
    with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as f:
        json.dump({"rows": [r.cells() for r in bench.rows], "remarks": bench.remarks,
                   "date": time.strftime("%Y-%m-%d"), "load": load, "machine": machine(),
                   "commit": first_line("git", "describe", "--always", "--dirty")}, f)


INTRO = """# Benchmarks

Written by `make bench`. What counts is the **ratio**: ours and the peer run in turn, A B A B, and
the ratio is the median of those of the pairs (in brackets the smallest, the largest, and how many);
the same command moves by a factor of two on a shared machine, both sides alike. Times are medians.
A command that fails, or does not do what its check expects, gives no figure. The targets are
ratios, too; **no** is a target that is not reached.

Again: `make bench`; `make bench ROWS="plan noop"` for some groups, whose tables are replaced here;
`MOST=10000` for no larger graphs than of so many nodes; `make bench QUICK=1` to see with small
sizes whether all still works, which writes nothing here. Each table says when it was measured, of
which commit, and how busy the machine was: above the number of its processors the times are those
of a machine that others use, and only the ratios tell something.
"""
SAMU = """`samu` (samurai) is no package of Debian's. Where a target names it, `ninja -n` is measured
in its place, and the target is made smaller by what `samu -n` takes of `ninja -n`: 0.67 at 1,000
nodes, 0.80 at 10,000, 0.68 at 100,000 (4.6 of 6.9 ms, 53 of 66, 608 of 888; samurai 1.9.0 and
ninja 1.11.1 on graphs of this shape, measured once)."""
TPCH = """TPC-H at scale 1 is not here. Its data and answers come from DuckDB's extension `tpch`
(`CALL dbgen(sf = 1)`, `tpch_answers()`), which the library that `make duckdb` gets has not built
in, and which `INSTALL tpch` wants a network for. With the file `tpch.duckdb_extension` of the very
version of that library it would be: `LOAD` it in a database of DuckDB's own, `dbgen`, eight `COPY`
into a landing directory, 22 nodes of `tpch_queries()`, each compared with `tpch_answers()`."""


def versions():
    asked = {"git": ["git", "--version"], "make": ["make", "--version"],
             "ninja": ["ninja", "--version"], "tup": ["tup", "--version"],
             "snakemake": ["snakemake", "--version"], "sqlite3": ["sqlite3", "--version"],
             "bwrap": ["bwrap", "--version"], "python3": ["python3", "--version"]}
    told = [first_line(*command) for tool, command in asked.items() if shutil.which(tool)]
    names = [t for t in asked if shutil.which(t)]
    out = [t if n.split()[0] in t.lower() else "%s %s" % (n, t.split()[0] if n == "sqlite3" else t)
           for n, t in zip(names, [t.replace("bubblewrap", "bwrap") for t in told])]
    if shutil.which("dpkg-query") and shutil.which("bazel"):
        out.append("bazel " + first_line("dpkg-query", "-W", "-f", "${Version}", "bazel-bootstrap"))
    return ", ".join(out)


def fill(text):
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def write(folder, path):
    """The document, of all groups that were measured."""
    text, missing = [INTRO], []
    for name, group in GROUPS.items():
        try:
            with open(os.path.join(folder, name + ".json"), encoding="utf-8") as f:
                kept = json.load(f)
        except FileNotFoundError:
            missing.append(name)
            continue
        text += ["## %s: %s\n" % (name, group.title), HEAD]
        text += ["| " + " | ".join(cells) + " |" for cells in kept["rows"]]
        text += ["", *map(fill, [group.how, *kept["remarks"]]),
                 "Measured on %s at `%s`; load of the machine before: %.1f." % (
                     kept["date"], kept["commit"], kept["load"]), ""]
    if missing:
        text += ["Not measured yet: %s." % ", ".join(missing), ""]
    text += ["## About\n", fill("Machine: %s. Versions: %s; DuckDB as `runner/duckdb` pins it." % (
        machine(), versions())), "", SAMU, "", TPCH, ""]
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(text))
