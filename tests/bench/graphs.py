"""graphs.py: the random graph of graph.py, in git and run once, as several
groups of rows need it."""
import json
import os

from measure import run

HERE = os.path.dirname(os.path.abspath(__file__))


class Graph:
    """One graph of n nodes, and the table that they read. desk: a pipeline in
    git, on the branch main behind an empty commit; files: the same for ninja
    and make, in git as well; dir/tup, dir/bazel, dir/snakemake for n = 1000.
    edits: graph.py's."""

    def __init__(self, bench, n):
        self.n, self.dir, self.is_run_once = n, bench.path("graph%d" % n), False
        tools = ["ninja"] + (["tup", "bazel", "snakemake"] if n == 1000 else [])
        run("python3", HERE + "/graph.py", str(n), self.dir, "plain", *tools)
        self.desk, self.files = self.dir + "/sluice", self.dir + "/ninja"
        self.store = self.desk + "/.git/sluice"
        with open(self.dir + "/edits.json", encoding="ascii") as f:
            self.edits = json.load(f)
        for where in (self.desk, self.files):
            commit_all(where)

    def is_run(self):
        """All of it is in the store, and HEAD was run as it is."""
        run("git", "checkout", "-q", "--force", "main", cwd=self.desk)
        if not self.is_run_once:
            run("sluice", "run", "--jobs", "2", cwd=self.desk)
            self.is_run_once = True
        return self

    def is_built(self):
        """Nothing is left to do for ninja and make."""
        run("git", "checkout", "-q", "--force", "main", cwd=self.files)
        run("ninja", "-j2", cwd=self.files)
        return self


def graph(bench, n):
    return bench.once(("graph", n), lambda: Graph(bench, n))


def commit_all(where):
    """What is there, as the second commit of main; packed."""
    run("git", "init", "-q", "-b", "main", cwd=where)
    run("git", "config", "gc.auto", "0", cwd=where)
    run("git", "commit", "-q", "--allow-empty", "-m", "nothing", cwd=where)
    run("git", "add", "-A", cwd=where)
    run("git", "commit", "-q", "-m", "graph", cwd=where)
    run("git", "repack", "-adq", cwd=where)


def commits(where, path, count):
    """So many commits, each of them main and one line more in a file; or with
    no path main's tree again."""
    out = []
    for i in range(count):
        if path:
            with open(os.path.join(where, path), "a", encoding="ascii") as f:
                f.write("-- edit %d\n" % i)
        run("git", "commit", "-q", "--allow-empty", "-m", "edit %d" % i,
            *([path] if path else []), cwd=where)
        out.append(run("git", "rev-parse", "HEAD", cwd=where).strip())
        run("git", "reset", "-q", "--hard", "HEAD~1", cwd=where)
    return out


def computed(some, total):
    """A check: whether `sluice run` says that of so many nodes some ran."""
    return lambda text: "%d nodes: %d computed, %d reused, 0 failed, 0 blocked" % (
        total, some, total - some) in text
