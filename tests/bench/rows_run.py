"""rows_run.py: runs: with nothing to do, after an edit, of all nodes; and
what a node in the sandbox costs."""
import os
import shutil
import tempfile

from graphs import HERE, commits, computed, graph
from measure import Side, Target, run
from rows_plan import Pushes, samu
from server import Server

FLAGS = ["--jobs=2", "--noshow_progress"]


def there(tool, side):
    """The side, or None where its tool is absent (said at the beginning)."""
    return side if shutil.which(tool) else None


def forget(desk):
    """A before(): the store is empty."""
    return lambda: run("rm", "-rf", desk + "/.git/sluice")


def lay_aside(desk, name):
    """Moves desk/name out of the directory desk, so that it is not there any more. Not removed,
    because before ext4 takes a free inode it looks at all that went within the
    last minutes: of many small files that search would be most of what is
    measured, ours and the peers' alike."""
    if os.path.exists(os.path.join(desk, name)):
        gone = tempfile.mkdtemp(prefix="gone-", dir=os.path.dirname(desk))
        os.rename(os.path.join(desk, name), os.path.join(gone, "it"))


def forget_many(desk):
    """A before(), as forget(), of a store of many small files."""
    return lambda: lay_aside(desk, ".git/sluice")


def noop(bench):
    for n in bench.sizes(1000, 10000, 100000):
        g, pairs = graph(bench, n).is_run().is_built(), bench.size(5, 3)
        nothing, idle = computed(0, n + 1), Side("`ninja -n`", ["ninja", "-n"], cwd=g.files,
                                                 check=lambda text: "no work to do" in text)
        to_reach = n == 100000
        bench.compare("%d nodes, one-shot" % n, [
            Side("`sluice run`", ["sluice", "run"], cwd=g.desk, check=nothing), idle,
            Side("`make`", ["make", "-s", "all"], cwd=g.files)], pairs,
            [samu(n, 1 / 40, "1/40 of")] if to_reach else [])
        bench.compare("%d nodes, a commit" % n, [
            Side("`sluice run --at HEAD`", ["sluice", "run", "--at", "HEAD"], cwd=g.desk,
                 check=nothing), idle], pairs,
            [samu(n, 1 / 40, "1/40 of")] if to_reach else [])
        prepared = commits(g.desk, None, pairs + 1)
        server = Server(g.desk, g.store)
        try:
            server.start(300 + n / 50)
            pushes = Pushes(server, prepared, 0, 300 + n / 50)
            bench.compare("%d nodes, runner resident" % n, [
                Side("hook of a push of the same tree", take=pushes.take), idle], pairs,
                [samu(n, 1 / 100, "1/100 of")] if to_reach else [])
            pushes.tell(bench)
        finally:
            server.close()
    few, many = graph(bench, 1000), graph(bench, bench.sizes(100000)[0])
    if many.n >= 100000:
        bench.compare("flat in N", [
            Side("`sluice run` of %d nodes" % many.n, ["sluice", "run"], cwd=many.desk),
            Side("of %d" % few.n, ["sluice", "run"], cwd=few.desk)], pairs, [Target(1.5)])
    snakes(bench, few)


def snakes(bench, g):
    """Beside a tool that is too slow for more than once in a while."""
    if shutil.which("snakemake") and not bench.quick:
        where = g.dir + "/snakemake"
        for i in range(g.n):
            shutil.copy(where + "/src/%d" % i, where + "/out/%d" % i)
        bench.compare("%d nodes, one-shot" % g.n, [
            Side("`sluice run`", ["sluice", "run"], cwd=g.desk),
            Side("`snakemake -n`", ["snakemake", "-n", "--quiet"], cwd=where)], 1)


class Edited:
    """Files that a tool reads, edited anew each time, and back at the end."""

    def __init__(self, path, line):
        self.path, self.line, self.count = path, line, 0
        with open(path, encoding="ascii") as f:
            self.text = f.read()

    def turn(self):
        self.count += 1
        self.write(self.line(self.text, self.count))

    def write(self, text):
        with open(self.path, "w", encoding="ascii") as f:
            f.write(text)


def other_value(text, count):
    word, value = text.split()
    return "%s %d\n" % (word, int(value) + 1000 * count)


def same_value(text, count):
    return "edit%d %s\n" % (count, text.split()[1])


def builds(g, number, n_run, line):
    """tup and bazel, all built, that take up an edit of a source, whereupon
    bazel has so many nodes to run."""
    tup, bazel, source = g.dir + "/tup", g.dir + "/bazel", "/src/%d" % number
    command = ["bazel", "build", *FLAGS, "--spawn_strategy=local", "//:all"]
    if shutil.which("tup"):
        if not os.path.exists(tup + "/.tup"):
            run("tup", "init", cwd=tup)
        run("tup", cwd=tup)
    if shutil.which("bazel"):
        run(*command, cwd=bazel)
    return (
        there("tup", Side("`tup`", ["tup"], cwd=tup, before=Edited(tup + source, line).turn,
                          check=lambda text: "Updated" in text)),
        there("bazel", Side("`bazel build`", command, cwd=bazel,
                            before=Edited(bazel + source, line).turn,
                            check=lambda text: " %d local." % n_run in text)))


def edit(bench):
    g, pairs = graph(bench, 1000).is_run().is_built(), bench.size(7, 2)
    for below in ("4", "331"):
        number, node, n_below = g.edits[below]
        code = Edited(g.desk + "/" + node + ".sql",
                      lambda text, i: text.replace(" % 1000003", " + %d) %% 1000003" % i)
                      .replace("SELECT i0.id, (", "SELECT i0.id, (("))
        tup, bazel = builds(g, number, n_below + 1, other_value)
        mine = Side("`sluice run`", ["sluice", "run", "--jobs", "2"], cwd=g.desk, before=code.turn,
                    check=computed(n_below + 1, g.n + 1))
        make = Side("`make -j2`", ["make", "-j2", "all"], cwd=g.files,
                    before=Edited("%s/src/%d" % (g.files, number), other_value).turn,
                    check=lambda text: text.count("cp ") == n_below + 1)
        targets = [Target(1), None, None] if below == "4" else [None, Target(1), None]
        bench.compare("1,000 nodes, an edit, %d below, all different" % n_below,
                      [mine, tup, make, bazel], pairs, targets)
        code.write(code.text)
        run("sluice", "run", cwd=g.desk)
    tup, bazel = builds(g, number, 1, same_value)
    remark = Edited(code.path, lambda text, i: text + "-- edit %d\n" % i)
    mine = Side("`sluice run`", ["sluice", "run", "--jobs", "2"], cwd=g.desk, before=remark.turn,
                check=computed(1, g.n + 1))
    bench.compare("1,000 nodes, an edit, %d below, output equal" % n_below,
                  [mine, bazel, tup], pairs, [Target(1 / 10), None])
    remark.write(remark.text)
    if shutil.which("bazel"):
        run("bazel", "shutdown", cwd=g.dir + "/bazel")
    g.is_run_once = False


def nodes(bench):
    g = graph(bench, 1000)
    g.is_run().is_built()

    def clean():
        lay_aside(g.files, "out")
        os.mkdir(g.files + "/out")
    bench.compare("1,000 SQL nodes from nothing, two jobs, a node", [
        Side("`sluice run --jobs 2`", ["sluice", "run", "--jobs", "2"], cwd=g.desk,
             before=forget_many(g.desk), check=computed(g.n + 1, g.n + 1)),
        Side("`make -j2` with `cp`", ["make", "-j2", "all"], cwd=g.files, before=clean,
             check=lambda text: text.count("cp ") == g.n),
        Side("`ninja -j2` with `cp`", ["ninja", "-j2"], cwd=g.files,
             before=lambda: (clean(), run("rm", "-f", g.files + "/.ninja_log")))],
        bench.size(5, 2), [Target(1)], per=g.n)


def clinics(bench):
    where = bench.path("clinics")
    os.mkdir(where)
    run("python3", HERE + "/clinics_sql.py", where)
    desk, database = where + "/sluice", where + "/all.db"
    run("git", "init", "-q", "-b", "main", cwd=desk)
    run("git", "add", "-A", cwd=desk)
    run("git", "commit", "-q", "-m", "clinics", cwd=desk)
    bench.compare("1,312 nodes, depth 35, one of 220 inputs", [
        Side("`sluice run --jobs 2`", ["sluice", "run", "--jobs", "2"], cwd=desk,
             before=forget_many(desk), check=lambda text: text.rstrip().rsplit("\n", 1)[-1]
             .startswith("1312 nodes: ") and " 0 failed, 0 blocked" in text),
        Side("the same statements in `sqlite3`", ["sqlite3", "-bail", database],
             stdin=where + "/all.sql", before=lambda: run("rm", "-f", database),
             check=lambda text: text.strip() == "1312")], bench.size(5, 2), [Target(2)])


BASH = "# @include action/bash\nprintf 'id,v\\n1,%d\\n' >out.csv\n"
PYTHON = """# @include action/python
with open('out.csv', 'w') as f:
    f.write('id,v\\n1,%d\\n')
"""
BWRAP = ("bwrap --unshare-all --die-with-parent --ro-bind /usr /usr --symlink usr/bin /bin "
         "--symlink usr/lib /lib --symlink usr/lib64 /lib64 --tmpfs /tmp --proc /proc --dev /dev ")


def scripts(bench, name, text, count):
    """A pipeline of so many scripts that read nothing."""
    desk = bench.path(name)
    os.mkdir(desk)
    for i in range(count):
        with open("%s/n%04d.%s" % (desk, i, name), "w", encoding="ascii") as f:
            f.write(text % i)
    run("git", "init", "-q", "-b", "main", cwd=desk)
    return Side("`sluice run --jobs 2`", ["sluice", "run", "--jobs", "2"], cwd=desk,
                before=forget_many(desk), check=computed(count, count))


def sandboxed(bench, count):
    """bazel's own sandbox around as many commands, from a warm server."""
    where = bench.path("rules")
    os.mkdir(where)
    with open(where + "/WORKSPACE", "w", encoding="ascii"):
        pass
    with open(where + "/BUILD", "w", encoding="ascii") as f:
        for i in range(count):
            f.write('genrule(name = "n%d", outs = ["o%d"], cmd = "printf %%s %d > $@")\n' % (
                i, i, i))
    return Side("`bazel build` in linux-sandbox", [
        "bazel", "build", *FLAGS, "--spawn_strategy=linux-sandbox", "//:all"], cwd=where,
        before=lambda: run("bazel", "clean", cwd=where),
        check=lambda text: "%d linux-sandbox" % count in text)


def sandbox(bench):
    count, pairs = bench.size(200, 50), bench.size(5, 2)
    bazel = there("bazel", sandboxed(bench, count))
    times = lambda command: "seq %d | xargs -P2 -I@ %s" % (count, command)
    bench.compare("a Bash node, two jobs, a node of %d" % count, [
        scripts(bench, "sh", BASH, count), bazel,
        there("bwrap", Side("`bwrap --unshare-all`", times(BWRAP + "/bin/true"))),
        there("bwrap", Side("bwrap with bash", times(BWRAP + "bash -c :")))],
        pairs, [Target(1 / 4)], per=count)
    bench.compare("a Python node, two jobs, a node of %d" % count, [
        scripts(bench, "py", PYTHON, count),
        Side("`python3 -c pass`", times("/usr/bin/python3 -c pass")), bazel],
        pairs, [Target(1 / 3)], per=count)
    if bazel:
        run("bazel", "shutdown", cwd=bazel.cwd)
