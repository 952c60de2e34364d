"""rows_plan.py: what a change touches, before anything of it runs."""
import os

from graphs import commits, graph
from measure import Failed, Row, Side, Target, number, peak_mib, run, wait_for
from server import Server

# samurai is no package of Debian's. What `samu -n` takes of `ninja -n`, measured
# once on another machine (samurai 1.9.0, ninja 1.11.1, graphs of this shape):
# 4.6 of 6.9 ms, 53 of 66, 608 of 888.
SAMU = {1000: 0.67, 10000: 0.80, 100000: 0.68}


def samu(n, most, text):
    """A target that names `samu -n`, of a graph of n nodes."""
    return Target(most, text + " `samu -n`", SAMU.get(n, 0.67))


class Pushes:
    """Prepared commits, pushed one after another to new branches."""
    made = 0

    def __init__(self, server, prepared, expect, seconds):
        self.server, self.prepared, self.expect = server, list(prepared), expect
        self.n_late, self.seconds = 0, seconds

    def take(self):
        """ms until the runner's answer is known: from the hook's start; or,
        where the hook would not wait so long, of a question of our own."""
        commit, branch = self.prepared.pop(0), "b%d" % Pushes.made
        Pushes.made += 1
        ms, affected = self.server.push(commit, branch)
        if affected is None:
            self.n_late += 1
            ms, affected = self.server.ask(commit, branch)
        if affected != self.expect:
            raise Failed("%s nodes are affected, must be %d" % (affected, self.expect))
        wait_for(lambda: self.server.has_run(branch), self.seconds, branch + " was run")
        return ms

    def tell(self, bench):
        if self.n_late:
            bench.say("%d answers came after the hook had gone, which waits 35 ms: these were "
                      "asked for again, without that limit." % self.n_late)


class Checkouts(Side):
    """A work tree of another commit each time, and what ninja would do."""

    def __init__(self, g, count):
        number_, _, below = g.edits["5"]
        last = "[%d/%d]" % (below + 1, below + 1)
        super().__init__("checkout + ninja -n", ["sh"], cwd=g.files, before=self.turn,
                         check=lambda text: last in text)
        self.prepared = commits(g.files, "src/%d" % number_, count)
        g.is_built()

    def turn(self):
        self.prepared.append(self.prepared.pop(0))
        self.command = ["sh", "-c", "git checkout -q %s && ninja -n" % self.prepared[0]]


def plan(bench):
    for n in bench.sizes(10000, 100000):
        g, pairs = graph(bench, n).is_run(), bench.size(7, 3)
        _, node, below = g.edits["5"]
        edits = commits(g.desk, node + ".sql", pairs + 1)
        theirs = Checkouts(g, 2)
        server = Server(g.desk, g.store)
        try:
            server.start(300 + n / 50)
            pushes = Pushes(server, edits, below + 1, 300 + n / 50)
            bench.compare("%d nodes, runner resident" % n, [
                Side("hook of a push", take=pushes.take), theirs], pairs,
                [samu(n, 1 / 20, "1/20 with")] if n >= 10000 else [])
            pushes.tell(bench)
            says = "%d of %d nodes affected" % (below + 1, n + 1)
            bench.compare("%d nodes, one-shot" % n, [
                Side("`sluice plan`", ["sluice", "plan", "main.." + edits[0]], cwd=server.bare,
                     check=lambda text: says in text), theirs], pairs,
                [samu(n, 1 / 5, "1/5 with")] if n >= 10000 else [])
        finally:
            server.close()


def cold(bench):
    for n in bench.sizes(10000, 100000):
        g = graph(bench, n)
        bare = bench.path("cold%d.git" % n)
        run("git", "clone", "-q", "--bare", g.desk, bare)
        listed = run("git", "ls-tree", "-r", "main", cwd=bare)
        names = [line.split()[2] for line in listed.splitlines()]
        with open(bench.path("blobs"), "w", encoding="ascii") as f:
            f.write("\n".join(names) + "\n")
        says = "%d of %d nodes affected" % (n + 1, n + 1)
        bench.compare("%d nodes, nothing indexed" % n, [
            Side("`sluice plan`", ["sluice", "plan", "main~1..main"], cwd=bare,
                 before=lambda: run("rm", "-rf", bare + "/sluice"),
                 check=lambda text: says in text),
            Side("`git cat-file --batch`", ["git", "cat-file", "--batch"], cwd=bare,
                 stdin=bench.path("blobs"), check=lambda text: text.count(" blob ") == n + 1)],
            bench.size(7, 3), [Target(1.3)])


def hook(bench):
    n = bench.sizes(10000)[0]
    g, refs = graph(bench, n).is_run(), bench.size(10000, 100)
    _, node, below = g.edits["5"]
    main = run("git", "rev-parse", "main", cwd=g.desk).strip()
    edit = commits(g.desk, node + ".sql", 1)[0]
    server = Server(g.desk, g.store)
    spool = server.bare + "/sluice/runner/spool"
    try:
        run("git", "update-ref", "--stdin", cwd=server.bare, input="".join(
            "create refs/tags/t%d %s\n" % (i, main) for i in range(refs)).encode())
        with open(bench.path("pushed"), "w", encoding="ascii") as f:
            f.write("%s %s refs/heads/exp\n" % (main, edit))
        for is_resident in (True, False):
            if is_resident:
                server.start(300 + n / 50)
                server.push(edit, "exp")
                wait_for(lambda: server.has_run("exp"), 300 + n / 50, "exp was run")
                before = lambda: wait_for(lambda: not os.listdir(spool), 60, "the spool is empty")
            else:
                server.stop()
                before = None
            took = sorted(u.ms for u in bench.measure([Side(
                "hook", ["sluice-hook"], cwd=server.bare, before=before, stdin=bench.path("pushed"),
                check=lambda text: text.startswith("sluice: "))], bench.size(500, 50))["hook"])
            p99 = took[int(len(took) * 0.99)]
            bench.add(Row("%d nodes, %d refs, %s" % (
                n, refs, "runner resident" if is_resident else "no runner"),
                "p99 %s ms, median %s ms" % (number(p99), number(took[len(took) // 2])),
                "5 ms", p99 / 5, Target(1, "5 ms") if n >= 10000 else None))
    finally:
        server.close()


def planmem(bench):
    n = bench.sizes(100000)[0]
    g = graph(bench, n).is_run().is_built()
    bare = bench.path("memory.git")
    run("git", "clone", "-q", "--bare", g.desk, bare)
    plan_ = ["sluice", "plan", "main~1..main"]
    ninja = peak_mib(["ninja", "-n"], g.files)
    ours = {"`sluice plan`, nothing indexed": peak_mib(plan_, bare),
            "`sluice plan`, once more": peak_mib(plan_, bare)}
    server = Server(g.desk, g.store)
    try:
        server.start(300 + n / 50)
        ours["the runner, which ran it"] = server.peak_mib()
    finally:
        server.close()
    for name, mib in ours.items():
        bench.add(Row("%d nodes" % n, "%s: %.0f MiB" % (name, mib), "`ninja -n`: %.0f MiB" % ninja,
                      mib / ninja, Target(64 / ninja, "64 MiB") if n >= 100000 else None))
