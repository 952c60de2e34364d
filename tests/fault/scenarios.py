"""scenarios: what is interrupted. Each has

  build(place)    makes the world before, without a fault
  words, cwd      the command that is interrupted
  promised(...)   what its exit status 0, and nothing else, promises
  finish(place)   the same again, without a fault: how whoever was interrupted
                  goes on
  state(place)    what must then be as if nothing had happened
"""
import http.server
import json
import os
import shutil
import threading

from place import Broken

PATIENT = "id,mrn,albumin\n1,00123,4.1\n2,00456,3.2\n3,00789,2.9\n"
LOW = ("-- @include action/sql/sqlite\n-- @depend ./Patient\n"
       "SELECT id, mrn FROM Patient WHERE albumin < %s\n")
COUNT = ("-- @include action/sql/sqlite\n-- @depend ./Low\n"
         "SELECT count(*) AS n FROM Low\n")
TOTAL = ("-- @include action/sql/sqlite\n-- @depend ../ClinicA/Count\n"
         "SELECT n * 2 AS n FROM Count\n")


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


class Scenario:
    name = "?"
    words = []
    cwd = "server.git"
    at_desk = False  # the store is the desk's

    def where(self, p):
        return p.dir + "/" + self.cwd

    def argv(self, p):
        return [w.replace("@", p.dir + "/") for w in self.words]

    # -- the world before --

    def server(self, p):
        p.must(["git", "init", "-q", "--bare", "-b", "main", p.bare])
        p.must(["sluice", "install", p.bare])
        p.must(["git", "config", "sluice.sandbox", "none"], p.bare)

    def clone(self, p):
        p.must(["git", "clone", "-q", p.bare, p.desk])
        p.must(["git", "checkout", "-q", "-B", "main"], p.desk)

    def commit(self, p, words):
        p.must(["git", "add", "-A"], p.desk)
        p.must(["git", "commit", "-q", "-m", words], p.desk)
        return p.must(["git", "rev-parse", "HEAD"], p.desk).strip()

    def example(self, p):
        write(p.desk + "/ClinicA/Patient.csv", PATIENT)
        write(p.desk + "/ClinicA/Low.sql", LOW % "3.5")
        write(p.desk + "/ClinicA/Count.sql", COUNT)
        write(p.desk + "/ClinicB/Total.sql", TOTAL)
        return self.commit(p, "four nodes")

    def push(self, p, branch="main"):
        p.must(["git", "push", "-q", "origin", "HEAD:refs/heads/" + branch],
               p.desk)

    def runner(self, p):
        return p.must(["sluice", "runner", "--once", p.bare])

    def build(self, p):
        self.server(p)
        self.clone(p)
        self.example(p)
        self.push(p)

    # -- after it --

    def promised(self, p, out):
        """Status 0 was seen: what it says is so."""

    def again(self, p):
        p.must(self.argv(p), self.where(p))

    def finish(self, p):
        self.again(p)

    def check(self, p):
        """At any moment, whatever was interrupted."""
        p.check_store(p.desk if self.at_desk else p.bare)
        if not self.at_desk:
            p.check_git()
            p.check_published()

    def state(self, p):
        return {"refs": p.refs(), "requests": p.ended()}


class OnServer(Scenario):
    """The runner, with what is due; its status 0 promises what state() says
    of a runner that nobody disturbed."""
    words = ["sluice", "runner", "--once", "@server.git"]

    def promised(self, p, out):
        left = [r for r in p.requests() if r[2] not in ("done", "superseded")]
        if left:
            raise Broken("acknowledged, and left undone: %s" % left)

    def finish(self, p):
        self.runner(p)
        # what an error of the surroundings ended, its owner tries again
        for branch, commit, state, outcome in p.requests():
            if (state, outcome) not in (("done", "success"),
                                        ("superseded", None)):
                p.run(["sluice", "retry", branch], p.bare)
        self.runner(p)


class Reconcile(OnServer):
    """A branch of a tree that was computed: refs are compared, the request is
    queued, settled, published; nothing is executed."""
    name = "reconcile"

    def build(self, p):
        Scenario.build(self, p)
        self.runner(p)
        write(p.desk + "/README", "words\n")
        self.commit(p, "words")
        self.push(p, "exp")


class RunAndPublish(OnServer):
    """Two branches with work to do, from the spool to production."""
    name = "publish"

    def build(self, p):
        Scenario.build(self, p)
        write(p.desk + "/ClinicA/Low.sql", LOW % "3.0")
        self.commit(p, "lower")
        self.push(p, "exp")


class Promote(OnServer):
    """Production moves from one manifest to the next."""
    name = "promote"

    def build(self, p):
        Scenario.build(self, p)
        self.runner(p)
        write(p.desk + "/ClinicA/Low.sql", LOW % "3.0")
        self.commit(p, "lower")
        self.push(p)


class Rebuild(OnServer):
    """The run database is made anew from refs."""
    name = "rebuild-index"
    words = ["sluice", "runner", "--once", "--rebuild-index", "@server.git"]

    def build(self, p):
        RunAndPublish.build(self, p)
        self.runner(p)

    def finish(self, p):
        p.must(self.argv(p))


class Recovery(OnServer):
    """The runner starts where one was killed in the middle, its database half
    written: the second death is in the recovery from the first."""
    name = "recovery"

    def build(self, p):
        RunAndPublish.build(self, p)
        for at in ("700", "300"):
            p.run(self.argv(p), fault={"FAULT_AT": at, "FAULT_KIND": "all"})


class NoDatabase(OnServer):
    """The database was deleted, and there is a push that nobody saw."""
    name = "no-database"

    def build(self, p):
        Promote.build(self, p)
        for name in os.listdir(p.bare + "/sluice/runner"):
            if name.startswith("run.db"):
                os.unlink(p.bare + "/sluice/runner/" + name)


class Push(Scenario):
    """`git push`: git's own calls and the hook's. Acknowledged means that the
    ref is there, and that a runner runs it."""
    name = "push"
    words = ["git", "push", "-q", "origin", "HEAD:refs/heads/main"]
    cwd = "desk"

    def build(self, p):
        self.server(p)
        self.clone(p)
        self.example(p)

    def promised(self, p, out):
        tip = p.must(["git", "rev-parse", "main"], p.bare).strip()
        head = p.must(["git", "rev-parse", "HEAD"], p.desk).strip()
        if tip != head:
            raise Broken("acknowledged %s, there is %s" % (head, tip))

    def check(self, p):
        p.check_git()

    def finish(self, p):
        # a killed git leaves its lock, and says that it is to be removed
        for at, _, names in os.walk(p.bare + "/refs"):
            for name in names:
                if name.endswith(".lock"):
                    os.unlink(at + "/" + name)
        for name in ("packed-refs.lock", "config.lock", "HEAD.lock"):
            if os.path.exists(p.bare + "/" + name):
                os.unlink(p.bare + "/" + name)
        for at, _, names in os.walk(p.desk + "/.git"):
            for name in names:
                if name.endswith(".lock"):
                    os.unlink(at + "/" + name)
        self.again(p)
        self.runner(p)


class Run(Scenario):
    """`sluice run` at a desk, into an empty store."""
    name = "run"
    words = ["sluice", "run", "--json"]
    cwd = "desk"
    at_desk = True

    def build(self, p):
        self.server(p)
        self.clone(p)
        self.example(p)

    def promised(self, p, out):
        manifest = json.loads(out)["manifest"]
        shown = p.must(["sluice", "manifest"], p.desk)
        if len(json.loads(shown)["nodes"]) != 4:
            raise Broken("acknowledged %s: %s" % (manifest, shown))
        p.must(["sluice", "verify", "--json"], p.desk)

    def state(self, p):
        answer = json.loads(p.must(["sluice", "run", "--json"], p.desk))
        table = p.must(["sluice", "get", "ClinicB/Total"], p.desk)
        return {"manifest": answer["manifest"], "nodes": answer["counts"]
                ["nodes"], "failed": answer["counts"]["failed"],
                "table": table}


class Manifest(Run):
    """A run in which one node is new: the manifest, its recall, the desk's
    line."""
    name = "manifest"

    def build(self, p):
        Run.build(self, p)
        p.must(["sluice", "run"], p.desk)
        write(p.desk + "/ClinicB/Total.sql", TOTAL + "-- more\n")


class Export(Run):
    """All tables as one set, over one that is there."""
    name = "export"
    words = ["sluice", "get", "--all", "@set"]

    def build(self, p):
        Run.build(self, p)
        p.must(["sluice", "run"], p.desk)
        p.must(self.argv(p), self.where(p))
        write(p.desk + "/ClinicA/Low.sql", LOW % "3.0")
        p.must(["sluice", "run"], p.desk)

    def read(self, p):
        """The set, whole: its manifest names what is there."""
        found = {}
        with open(p.dir + "/set/manifest.json", encoding="utf-8") as f:
            named = json.load(f)
        for node, table in named["tables"].items():
            with open(p.dir + "/set/" + table["file"], encoding="utf-8") as f:
                found[node] = f.read()
        return named["manifest"], found

    def check(self, p):
        Run.check(self, p)
        self.read(p)

    def promised(self, p, out):
        if len(self.read(p)[1]["ClinicA/Low"].splitlines()) != 2:
            raise Broken("acknowledged, and the old set is there")

    def state(self, p):
        return self.read(p)


class Gc(Scenario):
    """Old blobs laid aside and deleted beside those that runs name."""
    name = "gc"
    words = ["sluice", "store", "gc", "--grace", "0"]

    def build(self, p):
        Promote.build(self, p)
        self.runner(p)
        # what nothing names: the tables of a desk run whose line is gone
        p.must(["git", "config", "sluice.store", p.bare + "/sluice"], p.desk)
        write(p.desk + "/ClinicA/Low.sql", LOW % "9.0")
        p.must(["sluice", "run"], p.desk)
        p.must(["git", "checkout", "-q", "."], p.desk)
        for at, _, names in os.walk(p.bare + "/sluice/desk"):
            for name in names:
                os.unlink(at + "/" + name)

    def check(self, p):
        Scenario.check(self, p)
        p.must(["sluice", "verify", "main", "--json"], p.bare)
        p.must(["sluice", "verify", "production", "--json"], p.bare)

    def finish(self, p):
        self.again(p)
        self.again(p)

    def state(self, p):
        n = sum(len(names) for _, _, names in os.walk(p.bare + "/sluice/blobs"))
        return {"blobs": n, "refs": p.refs()}


class Fsck(Scenario):
    """A damaged blob is on its way to quarantine."""
    name = "fsck"
    words = ["sluice", "store", "fsck", "--json"]

    def build(self, p):
        Scenario.build(self, p)
        self.runner(p)
        self.damage(p)

    def damage(self, p):
        table = json.loads(p.must(["sluice", "manifest", "main"], p.bare))
        key = table["nodes"]["ClinicA/Low"]["table"]
        path = "%s/sluice/blobs/%s/%s" % (p.bare, key[:2], key[2:])
        os.chmod(path, 0o644)
        with open(path, "r+b") as f:
            f.write(b"x")

    def again(self, p):
        p.run(self.argv(p), self.where(p))

    def check(self, p):
        p.check_git()

    def state(self, p):
        rc, out, _ = p.run(["sluice", "store", "fsck", "--json"], p.bare)
        found = json.loads(out)
        if found["damaged"] or found["quarantine"] != 1:
            raise Broken("after fsck: %d %s" % (rc, out))
        return {"blobs": found["blobs"], "results": found["results"]}


class Install(Scenario):
    """Settings and the hook of a repository of others."""
    name = "install"
    words = ["sluice", "install", "--chain", "@server.git"]

    def build(self, p):
        p.must(["git", "init", "-q", "--bare", "-b", "main", p.bare])
        write(p.bare + "/hooks/post-receive", "#!/bin/sh\nexit 0\n")
        os.chmod(p.bare + "/hooks/post-receive", 0o755)

    def check(self, p):
        p.check_git()

    def finish(self, p):
        lock = p.bare + "/config.lock"
        if os.path.exists(lock):  # libgit2's, as git's
            os.unlink(lock)
        self.again(p)

    def promised(self, p, out):
        self.state(p)

    def state(self, p):
        settings = p.must(["git", "config", "--local", "--list"], p.bare)
        files = {}
        for name in sorted(os.listdir(p.bare + "/hooks")):
            if name.startswith("."):
                continue  # what a death left; no forge takes it for a hook
            with open(p.bare + "/hooks/" + name, encoding="utf-8") as f:
                files[name] = f.read()
        if "core.fsync=all" not in settings or "sluice" not in \
                files["post-receive"]:
            raise Broken("not installed: %s %s" % (settings, files))
        return {"settings": sorted(settings.splitlines()),
                "hooks": {n: t.replace(p.dir, "") for n, t in files.items()}}


class Snapshot(Scenario):
    """A delivery is taken while production serves the one before."""
    name = "snapshot"
    words = ["sluice", "snapshot", "--take"]

    def deliver(self, p, name, text):
        path = p.dir + "/landing/labs/" + name
        write(path, text)
        os.utime(path, (1700000000, 1700000000))

    def build(self, p):
        self.server(p)
        self.clone(p)
        p.must(["git", "config", "sluice.landing", p.dir + "/landing"], p.bare)
        self.deliver(p, "a.csv", "id\n1\n")
        write(p.desk + "/Labs",
              "@include action/source/file\n@path labs/*.csv\n")
        self.commit(p, "labs")
        self.push(p)
        self.runner(p)
        for i in range(4):
            self.deliver(p, "b%d.csv" % i, "id\n1%d\n" % i)

    def finish(self, p):
        self.again(p)
        self.runner(p)

    def state(self, p):
        return {"refs": p.refs(), "requests": p.ended()}


class Rollback(Scenario):
    """Production goes back."""
    name = "rollback"
    words = ["sluice", "rollback", "--reason", "a bad delivery"]

    def build(self, p):
        Promote.build(self, p)
        self.runner(p)

    def served(self, p):
        return p.must(["git", "rev-parse",
                       "refs/sluice/production:manifest.json"],
                      p.bare).strip()

    def promised(self, p, out):
        first = p.must(["git", "rev-list", "--max-parents=0",
                        "refs/sluice/production"], p.bare).strip()
        old = p.must(["git", "rev-parse", first + ":manifest.json"], p.bare)
        if self.served(p) != old.strip():
            raise Broken("acknowledged, and production is as it was")

    def finish(self, p):
        n = p.must(["git", "rev-list", "--count", "refs/sluice/production"],
                   p.bare).strip()
        if n == "2":
            self.again(p)

    def state(self, p):
        self.runner(p)
        return {"refs": p.refs()}


class Job(Scenario):
    """One job by hand, from the store."""
    name = "job"
    cwd = "desk"
    at_desk = True
    words = ["sluice", "job", "@spec.json"]

    def build(self, p):
        Run.build(self, p)
        write(p.desk + "/One.sql", "-- @include action/sql/sqlite\n"
              "SELECT 1 AS one, 'two' AS two\n")
        answer = json.loads(p.must(["sluice", "run", "--json"], p.desk))
        key = [n["key"] for n in answer["nodes"] if n["node"] == "One"][0]
        store = p.desk + "/.git/sluice"
        shutil.copy("%s/blobs/%s/%s" % (store, key[:2], key[2:]),
                    p.dir + "/spec.json")
        os.unlink("%s/results/%s/%s" % (store, key[:2], key[2:]))

    def state(self, p):
        return {"said": p.must(self.argv(p), self.where(p))}


class Forge(http.server.BaseHTTPRequestHandler):
    """Takes every status, and keeps what it took below the path's first
    word."""
    taken = {}
    lock = threading.Lock()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = json.loads(body)
        with self.lock:
            self.taken.setdefault(self.path.split("/")[1], []).append(
                (self.path.rsplit("/", 1)[1], status["state"]))
        self.answer(201, json.dumps(dict(status, id=1, url="", statuses=[])))

    def do_GET(self):
        with self.lock:
            told = [{"context": "sluice/run", "state": s, "description": ""}
                    for _, s in self.taken.get(self.path.split("/")[1], [])]
        self.answer(200, json.dumps(told))

    def answer(self, code, text):
        data = text.encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


class Outbox(Scenario):
    """Three statuses wait, and are told; status 0 says that they were."""
    name = "outbox"
    port = 0
    cwd = "."

    def argv(self, p, port=None):
        return ["sluice-post", "--outbox", p.dir + "/outbox.db", "--once",
                "--again", "--url", "http://127.0.0.1:%d/%s/repos/a/b"
                % (port or self.port, os.path.basename(p.dir))]

    @classmethod
    def start(cls):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forge)
        server.daemon_threads = True
        cls.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def build(self, p):
        for i, state in enumerate(("pending", "success", "failure")):
            p.run(self.argv(p, 1) +  # where nobody listens
                  ["--put", "%s:%040d:words" % (state, i + 1)])

    def told(self, p):
        with Forge.lock:
            return sorted(set(Forge.taken.get(os.path.basename(p.dir), [])))

    def clear(self, p):
        with Forge.lock:
            Forge.taken.pop(os.path.basename(p.dir), None)

    def promised(self, p, out):
        if len(self.told(p)) != 3:
            raise Broken("told %s" % self.told(p))

    def check(self, p):
        pass

    def state(self, p):
        return {"told": self.told(p)}


ALL = [Push, Reconcile, Run, RunAndPublish, Manifest, Outbox, Gc, Rebuild,
       Install, Snapshot, Promote, Job, Export, Rollback, Fsck, Recovery,
       NoDatabase]
