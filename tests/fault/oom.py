#!/usr/bin/env python3
"""oom.py: each allocation of ours fails, once and for ever, in each command and
in the worker, under ASan, UBSan and LSan (fault_mem.c; `make oom-programs`).

  oom.py [--points N | --ways] [--seed S] [--jobs N] [--only NAME[:AT]]

A command ends by itself: with an error in words, or with 0 and the very bytes
that it prints otherwise, or it says on stderr that the server could not be
asked. The sanitizers have nothing to say: no crash, no leak.
N is how many points of all commands together (0: each); --ways: once each that
is reached by a call which is on the way to none before it, of all commands. The
last line is "N points, N broken".
"""
import argparse
import glob
import multiprocessing
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

import fact
import scenarios
from place import Broken, Place, ROOT, become_subreaper, reap

OOM = os.path.abspath(os.environ.get("OOM_BUILD", ROOT + "/build/oom"))
PROGRAMS = ["sluice", "sluice-worker", "sluice-hook", "sluice-post"]
WAYS = "ways"
FETCHED_BEFORE = b"what follows is what was fetched before"
HOOK = b"%040d %040d refs/heads/main\n" % (0, 1)

# name, where, words, what stdin has, whose allocations fail
LOOK = [(words.replace(" ", "-"), "desk", words.split()) for words in (
    "check", "plan", "plan HEAD", "tree", "graph", "graph --format json",
    "graph --format dot", "show ClinicA/Low", "get ClinicA/Low", "diff",
    "explain ClinicA/Low", "log", "report", "report --format md",
    "report --format json", "report --format html", "report --outside",
    "manifest", "verify", "store stat", "store fsck", "status", "test",
    "check --json", "check --at HEAD", "plan --json", "plan HEAD~1..HEAD",
    "tree --json", "tree --names", "tree Kinds", "graph --format mermaid",
    "graph ClinicA/Low", "show ClinicA/Low --schema", "show ClinicA/Low --log",
    "show ClinicA/Low --json", "diff --rows", "diff HEAD~1..HEAD --json",
    "explain ClinicA/Low HEAD~1..HEAD", "explain ClinicA/Low --json",
    "log --json", "report HEAD~1..HEAD", "report --format comment",
    "test --rows", "test --coverage --json", "status --json")]
LOOK += [("server-" + words.replace(" ", "-"), "server.git", words.split())
         for words in ("status", "log production", "report main", "verify main",
                       "store gc --dry-run", "status --json", "snapshot --json",
                       "report production --format html", "log bad --json",
                       "explain ClinicA/Low main~1..main")]
CHANGE = [
    ("run", "desk", ["run"]),
    ("run-again", "desk", ["run", "--no-reuse"]),
    ("get-all", "desk", ["get", "--all", "../set"]),
    ("install", ".", ["install", "new.git"]),
    ("runner", "server.git", ["runner", "--once"]),
    ("rollback", "server.git", ["rollback", "--reason", "words"]),
    ("retry", "server.git", ["retry", "bad"]),
    ("cancel", "server.git", ["cancel"]),
    ("gc", "server.git", ["store", "gc", "--grace", "0"]),
    ("init", ".", ["init", "fresh"]),
    ("run-at", "desk", ["run", "--at", "HEAD~1", "--json"]),
    ("run-set", "desk", ["run", "--set", "least=3"]),
    ("test-again", "desk", ["test", "--rows", "-n", "3"]),
    ("get-sqlite", "desk", ["get", "ClinicA/Low", "-o", "../low.sqlite"]),
    ("verify-rebuild", "desk", ["verify", "--rebuild", "--json"]),
    ("retry-from-clone", "desk", ["retry", "bad", "--reason", "words"]),
    ("cancel-from-clone", "desk", ["cancel", "next"]),
    ("snapshot", "server.git", ["snapshot", "--take"]),
    ("epoch", "server.git", ["store", "epoch", "--raise"]),
    ("uninstall", "server.git", ["install", "--uninstall"]),
    ("rebuild-index", "server.git", ["runner", "--once", "--rebuild-index"]),
]


def add_kinds(p):
    """Nodes of each kind: files of a landing directory, a command, tests and a
    case, a library that is mounted and overridden, parameters, a union."""
    write = scenarios.write
    for where in (p.bare, p.desk):
        p.must(["git", "config", "sluice.landing", p.dir + "/landing"], where)
    write(p.dir + "/landing/labs/a.csv", "id;value\n1;x\n2;\n")
    write(p.desk + "/Kinds/Labs", "@include action/source/file\n"
          "@path labs/*.csv\n@format delimiter=; null=-\n")
    write(p.desk + "/Kinds/group", "@param least:int 2\n")
    write(p.desk + "/Kinds/Shell.sh", "# @include action/bash\n"
          "# @depend /ClinicA/Patient as patient\n# @file ./words.txt\n"
          "cat words.txt\ncp in/patient.csv out.csv\n")
    write(p.desk + "/Kinds/words.txt", "words\n")
    write(p.desk + "/Kinds/Tested.sql", "-- @include action/sql/sqlite\n"
          "-- @depend /ClinicA/Patient\n-- @key id\n"
          "-- @column albumin decimal(4,1) \"g/dl\"\n-- @doc What is tested.\n"
          "-- @test not_null(mrn)\n-- @test in(id, 1, 2, 3)\n"
          "-- @test range(albumin, 1, 5) 50%\n-- @warn rows(1, 2)\n"
          "-- @test references(id, ./Labs.id) 90%\n-- @test match(mrn, '^0')\n"
          "-- @test coverage(mrn, 0.9)\n-- @test ./odd.sql\n"
          "SELECT id, mrn, albumin FROM Patient WHERE id >= {{least}}\n")
    write(p.desk + "/Kinds/odd.sql", "SELECT * FROM Tested WHERE id < 0\n")
    write(p.desk + "/Kinds/Tested.test/one/Patient.csv",
          "id,mrn,albumin\n1,a,1\n2,b,2\n")
    write(p.desk + "/Kinds/Tested.test/one/expect.csv",
          "id,mrn,albumin\n2,b,2.0\n")
    write(p.desk + "/lib/group", "@abstract\n@param word\n")
    write(p.desk + "/lib/One.sql", "-- @include action/sql/sqlite\n"
          "SELECT {{word}} AS word, 1 AS n\n")
    write(p.desk + "/lib/Two.sql", "-- @include action/sql/sqlite\n"
          "-- @depend ./One\nSELECT word, n + 1 AS n FROM One\n")
    for name in "UV":
        write(p.desk + "/%s/group" % name, "@include /lib/ word=%s\n" % name)
    write(p.desk + "/V/One.sql", "-- @override\n-- @include super\n"
          "SELECT {{word}} AS word, 7 AS n\n")
    write(p.desk + "/Kinds/All.sql", "-- @include action/sql/sqlite\n"
          "-- @depend /*/Two as two\nSELECT * FROM two\n")


def build(p):
    """A desk with a change, a server with two runs of production, a failure, a
    push that waits."""
    s = scenarios.Scenario()
    scenarios.Promote.build(s, p)
    s.runner(p)
    add_kinds(p)
    s.commit(p, "kinds")
    s.push(p)
    s.runner(p)
    p.must(["git", "config", "sluice.sandbox", "none"], p.desk)
    scenarios.write(p.desk + "/Bad.sql", "-- @include action/sql/sqlite\n"
                    "-- @depend ClinicA/Low\n-- @test unique(id)\n"
                    "SELECT nothing FROM Low\n")
    s.commit(p, "a failure")
    s.push(p, "bad")
    s.runner(p)
    p.must(["git", "rm", "-q", "Bad.sql"], p.desk)
    s.commit(p, "without")
    p.must(["sluice", "run"], p.desk)
    scenarios.write(p.desk + "/ClinicA/Low.sql", scenarios.LOW % "3.1")
    p.must(["sluice", "run"], p.desk)
    s.push(p, "next")
    p.must(["git", "init", "-q", "--bare", p.dir + "/new.git"])


def timeless(out):
    return re.sub(rb"ended [^\n]* ago", b"ended", out)


class Lane:
    def __init__(self, work, number):
        self.work = "%s/lane%d" % (work, number)
        self.bin = self.work + "/bin"
        os.makedirs(self.work + "/home")
        os.makedirs(self.bin)
        for name in PROGRAMS:  # of its own: the plan lies beside them
            self.link(name)
        self.place = Place(self.work + "/p", "")
        self.template = self.work + "/template"
        os.makedirs(self.place.dir)
        build(self.place)
        os.rename(self.place.dir, self.template)

    def link(self, name):
        os.link("%s/../bin/%s" % (self.work, name), "%s/%s" % (self.bin, name))

    def fresh(self):
        shutil.rmtree(self.place.dir, ignore_errors=True)
        subprocess.run(["cp", "-a", self.template, self.place.dir], check=True)

    def new_ways(self, program):
        """The allocations, by the last shot, that no way led to before."""
        with open("%s/%s.new" % (self.bin, program)) as f:
            return sorted({int(line) for line in f})

    def shoot(self, program, words, where, at, ever, given=b"", ways=False):
        """(status, stdout, what the sanitizers said, allocations); None for
        stdout where the server was not asked, which stderr says."""
        for name in glob.glob(self.bin + "/*.*"):
            os.unlink(name)
        if ways:
            self.link(program + ".ways")
        with open("%s/%s.mem" % (self.bin, program), "w") as f:
            f.write("%d %d" % (at, ever))
        env = self.place.env()
        env["PATH"] = self.bin + ":" + env["PATH"]
        env["LSAN_OPTIONS"] = "print_suppressions=0"
        main = "sluice" if program == "sluice-worker" else program
        p = subprocess.Popen([self.bin + "/" + main] + words, env=env,
                             cwd=where, stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, said = p.communicate(given, timeout=300)
        except subprocess.TimeoutExpired:
            p.kill()
            out, said = p.communicate()
            return 0, out, "did not end", 0
        reap()
        if FETCHED_BEFORE in said:
            out = None
        told = said.decode(errors="replace") if b"ERROR: " in said else ""
        for name in glob.glob(self.bin + "/*.asan*"):
            with open(name, errors="replace") as f:
                told += f.read()
        most = 0
        for name in glob.glob(self.bin + "/%s.n" % program):
            with open(name, "rb") as f:
                most = int.from_bytes(f.read(), sys.byteorder)
        return p.returncode, out, told, most


def cases():
    for name, where, words in LOOK + CHANGE:
        yield name, "sluice", where, words, b"", name in dict(
            (n, 1) for n, _, _ in CHANGE)
    yield "hook", "sluice-hook", "server.git", [], HOOK, True
    yield "post", "sluice-post", ".", [
        "--outbox", "o.db", "--url", "http://127.0.0.1:1/repos/a/b", "--once",
        "--put", "success:%040d:words" % 1], b"", True
    yield "worker", "sluice-worker", "desk", ["run", "--no-reuse"], b"", True


def work_lane(args):
    case, number, share, only_at, work = args
    name, program, where, words, given, changes = case
    become_subreaper()
    broken, n, most = [], 0, 0
    try:
        lane = Lane(work, number)
        cwd = lane.place.dir + "/" + where
        lane.fresh()
        rc, wanted, told, most = lane.shoot(program, words, cwd, 0, 0, given,
                                            share == WAYS)
        if told or most == 0:
            raise Broken("without a fault: %d %s" % (rc, told[-2000:]))
        chosen = range(1, most + 1)
        if only_at:
            chosen = [only_at]
        elif share == WAYS:
            chosen = lane.new_ways(program)
        elif share and share[1] < most:
            chosen = sorted(random.Random("%s %s" % (share[0], name))
                            .sample(chosen, share[1]))
        for at in chosen:
            for ever in (0,) if share == WAYS else (0, 1):
                if changes:
                    lane.fresh()
                rc, out, told, _ = lane.shoot(program, words, cwd, at, ever,
                                              given)
                n += 1
                why = None
                if told:
                    why = told[-3000:]
                elif rc < 0:
                    why = "signal %d" % -rc
                elif rc == 0 and not changes and \
                        out is not None and timeless(out) != timeless(wanted):
                    why = "status 0, and other bytes: %r" % out[-300:]
                if why:
                    broken.append("%s:%d%s: %s" % (
                        name, at, " for ever" if ever else "", why))
    except (Broken, OSError, subprocess.CalledProcessError) as e:
        broken.append("%s: %s" % (name, e))
    shutil.rmtree("%s/lane%d" % (work, number), ignore_errors=True)
    return name, most, n, broken


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=0)
    parser.add_argument("--ways", action="store_true")
    parser.add_argument("--seed", type=int,
                        default=int(os.environ.get("SEED", 1)))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only")
    a = parser.parse_args()
    if not os.path.exists(OOM + "/sluice"):
        print("%s/sluice is not there: make oom-programs" % OOM)
        return 77
    chosen, at = list(cases()), None
    if a.only:
        only, _, at = a.only.partition(":")
        chosen = [c for c in chosen if c[0] == only]
    below = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    work = tempfile.mkdtemp(prefix="sluice-oom.", dir=below)
    os.makedirs(work + "/bin")
    for name in PROGRAMS:
        shutil.copy("%s/%s" % (OOM, name), work + "/bin/" + name)
        open("%s/bin/%s.ways" % (work, name), "wb").close()
    share = WAYS if a.ways else a.points and (a.seed, max(1, a.points // (2 * len(chosen))))
    start, points, broken = time.monotonic(), 0, []
    tasks = [(c, i, share, int(at) if at else None, work)
             for i, c in enumerate(chosen)]
    print("seed %d, %d commands" % (a.seed, len(chosen)))
    try:
        with multiprocessing.Pool(a.jobs, maxtasksperchild=1) as pool:
            for name, most, n, bad in pool.imap_unordered(work_lane, tasks, 1):
                print("%-26s %5d allocations, %5d points, %d broken"
                      % (name, most, n, len(bad)), flush=True)
                points += n
                broken += bad
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for line in broken[:30]:
        print("BROKEN " + line)
    print("%d points, %d broken (%.0f s)" % (points, len(broken),
                                             time.monotonic() - start))
    fact.tell("oom", seed=a.seed, commands=len(chosen), points=points,
              broken=len(broken))
    return 1 if broken or not points else 0


if __name__ == "__main__":
    sys.exit(main())
