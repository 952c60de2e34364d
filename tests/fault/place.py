"""place: a directory with a server, a desk and what they say, for the tests of
death: how programs are run in it, with a fault and without, and what is true of
it afterwards. Nothing here knows which scenario it is for (scenarios.py)."""
import ctypes
import json
import os
import signal
import sqlite3
import struct
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("BUILD", ROOT + "/build/release"))
DATE = "2026-11-20T08:00:00Z"
PAGE = 4096
SECONDS = 600  # a program that does not end; the machine may be busy


class Broken(Exception):
    """A promise that does not hold."""


class Place:
    """dir/server.git is the bare repository, dir/desk a clone of it."""

    def __init__(self, where, shim):
        self.dir = where
        self.shim = shim
        self.bare = where + "/server.git"
        self.desk = where + "/desk"
        self.counter = where + ".counter"
        self.may_be_torn = False  # the power was cut: quarantine is right

    def env(self):
        home = os.path.dirname(self.dir) + "/home"
        return {
            "PATH": BUILD + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                    "/usr/bin:/sbin:/bin",
            "HOME": home, "LC_ALL": "C.UTF-8", "TZ": "UTC", "USER": "ann",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
            "GIT_TEMPLATE_DIR": "",
            "GIT_AUTHOR_NAME": "Ann", "GIT_COMMITTER_NAME": "Ann",
            "GIT_AUTHOR_EMAIL": "ann@example.org",
            "GIT_COMMITTER_EMAIL": "ann@example.org",
            "GIT_AUTHOR_DATE": DATE, "GIT_COMMITTER_DATE": DATE,
        }

    def run(self, words, cwd=None, fault=None, given=""):
        """(status, stdout, stderr); status is negative for a signal."""
        env = self.env()
        if fault:
            with open(self.counter, "wb") as f:
                f.write(bytes(PAGE))
            env.update(LD_PRELOAD=self.shim, FAULT_FILE=self.counter,
                       **fault)
        p = subprocess.Popen(words, cwd=cwd or self.dir, env=env,
                             stdin=subprocess.PIPE if given else
                             subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, said = p.communicate(given.encode() if given else None,
                                      timeout=SECONDS)
        except subprocess.TimeoutExpired:
            p.kill()
            p.communicate()
            raise Broken("%s: did not end within %d s" % (words, SECONDS))
        return p.returncode, out.decode(), said.decode(errors="replace")

    def must(self, words, cwd=None, given=""):
        rc, out, said = self.run(words, cwd, given=given)
        if rc != 0:
            raise Broken("%s: status %d: %s" % (" ".join(words), rc, said))
        return out

    def counted(self):
        """(calls, how many were struck, the first of them)."""
        with open(self.counter, "rb") as f:
            calls, struck, name = struct.unpack("<qq48s", f.read(64))
        return calls, struck, name.rstrip(b"\0").decode()

    # -- what is true --

    def not_done(self):
        """The runs that could not be done: they say so, and made nothing."""
        return set(self.must(
            ["git", "log", "--glob=refs/sluice/*", "--format=%H",
             "--grep=^Outcome: error$"], self.bare).split())

    def count(self, commit, parents, but):
        """How many commits a line of runs has, but those."""
        n = 0
        while commit:
            n += commit not in but
            commit = parents.get(commit)
        return n

    def objects(self, names):
        """name: (id, bytes) of objects of the server's repository."""
        found = {}
        answer = self.must(["git", "cat-file", "--batch"], self.bare,
                           "".join(n + "\n" for n in names)).encode()
        for name in names:
            head, _, answer = answer.partition(b"\n")
            words = head.decode().split()
            if words[-1] == "missing":
                raise Broken("%s: there is no such object" % name)
            size = int(words[2])
            found[name] = words[0], answer[:size]
            answer = answer[size + 1:]
        return found

    def refs(self):
        """name: id, or of what a run made: manifest's id and how many runs that
        were done."""
        found, parents, made, but = {}, {}, {}, self.not_done()
        lines = self.must(["git", "for-each-ref", "--format=%(refname) "
                           "%(objectname)"], self.bare).splitlines()
        for line in self.must(["git", "rev-list", "--parents", "--all"],
                              self.bare).splitlines():
            words = line.split()
            parents[words[0]] = words[1] if len(words) > 1 else None
        for line in lines:
            name, commit = line.split()
            if name.startswith("refs/sluice/"):
                made[name] = commit, "%s:%s.json" % (
                    commit, "snapshot" if name.endswith("snapshots")
                    else "manifest")
            elif name == "refs/notes/sluice":
                found[name] = sorted(
                    line.split()[1] for line in self.must(
                        ["git", "notes", "--ref=sluice", "list"],
                        self.bare).splitlines())
            else:
                found[name] = commit
        objects = self.objects([named for _, named in made.values()])
        for name, (commit, named) in made.items():
            found[name] = "%s of %d" % (objects[named][0][:12],
                                        self.count(commit, parents, but))
        return found

    def ended(self):
        """The requests, but for those that could not be done: an owner tries
        them again."""
        return [r for r in self.requests() if r[3] != "error"]

    def requests(self):
        path = self.bare + "/sluice/runner/run.db"
        if not os.path.exists(path):
            return []
        db = sqlite3.connect("file:%s?mode=ro" % path, uri=True, timeout=10)
        try:
            return sorted(db.execute(
                "SELECT branch, commit_id, state, outcome FROM request"))
        finally:
            db.close()

    def check_store(self, cwd):
        """What has a name has its bytes, and nothing was laid aside."""
        rc, out, said = self.run(["sluice", "store", "fsck", "--json"], cwd)
        if rc != 0:
            raise Broken("store fsck: status %d: %s %s" % (rc, out, said))
        report = json.loads(out)
        # a derived form is synced by nobody, and dropped where it is torn
        damaged = [d for d in report["damaged"]
                   if d["kind"] in ("blob", "result")]
        if damaged or report["strangers"] or (
                report["quarantine"] and not self.may_be_torn):
            raise Broken("store: %s" % out)

    def blob(self, digest):
        """Whether the server's store has it; its bytes are fsck's to weigh."""
        return os.path.exists("%s/sluice/blobs/%s/%s" % (self.bare, digest[:2],
                                                         digest[2:]))

    def check_published(self):
        """What a ref of ours names is whole: nothing is published in part."""
        if not os.path.exists(self.bare):
            return
        but = self.not_done()
        names = [line.split()[1] for line in self.must(
            ["git", "for-each-ref", "--format=%(objectname) %(refname)",
             "refs/sluice/"], self.bare).splitlines()
                 if line.split()[0] not in but]
        objects = self.objects(
            [n + (":snapshot.json" if n.endswith("/snapshots") else
                  ":manifest.json") for n in names])
        for name, (_, text) in objects.items():
            what = json.loads(text)
            named = [what["snapshot"]] if "snapshot" in what else []
            named += [source["blob"] for source in
                      what.get("sources", {}).values()]
            for node, entry in what.get("nodes", {}).items():
                if entry["state"] == "ok":
                    named += [entry["key"], entry["table"]]
                elif name.startswith("refs/sluice/production:"):
                    raise Broken("production has %s: %s"
                                 % (node, entry["state"]))
            missing = [digest for digest in named if not self.blob(digest)]
            if missing:
                raise Broken("%s names what is not there: %s"
                             % (name, missing))

    def check_git(self):
        rc, out, said = self.run(["git", "fsck", "--connectivity-only"],
                                 self.bare)
        if rc != 0:
            raise Broken("git fsck: %s %s" % (out, said))


# -- processes that outlive their parents --

def become_subreaper():
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def children():
    me = os.getpid()
    try:
        with open("/proc/%d/task/%d/children" % (me, me)) as f:
            return [int(w) for w in f.read().split()]
    except OSError:
        return []


def reap(seconds=5.0):
    """Until no child of ours is left; what does not end is killed."""
    end = time.monotonic() + seconds
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid:
            continue
        if time.monotonic() > end:
            for child in children():
                os.kill(child, signal.SIGKILL)
        time.sleep(0.002)
