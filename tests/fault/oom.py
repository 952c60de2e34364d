#!/usr/bin/env python3
"""oom.py: each allocation of ours fails, once and for ever, in each command and
in the worker, under ASan, UBSan and LSan (fault_mem.c; `make oom-programs`).

  oom.py [--points N] [--seed S] [--jobs N] [--only NAME[:AT]]

A command ends by itself: with an error in words, or with 0 and the very bytes
that it prints otherwise. The sanitizers have nothing to say: no crash, no leak.
N is how many points of all commands together (0: each). The last line is
"N points, N broken".
"""
import argparse
import glob
import multiprocessing
import os
import random
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
HOOK = b"%040d %040d refs/heads/main\n" % (0, 1)

# name, where, words, what stdin has, whose allocations fail
LOOK = [(words.replace(" ", "-"), "desk", words.split()) for words in (
    "check", "plan", "plan HEAD", "tree", "graph", "graph --format json",
    "graph --format dot", "show ClinicA/Low", "get ClinicA/Low", "diff",
    "explain ClinicA/Low", "log", "report", "report --format md",
    "report --format json", "report --format html", "report --outside",
    "manifest", "verify", "store stat", "store fsck", "status", "test")]
LOOK += [("server-" + words.replace(" ", "-"), "server.git", words.split())
         for words in ("status", "log production", "report main", "verify main",
                       "store gc --dry-run")]
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
]


def build(p):
    """A desk with a change, a server with two runs of production, a failure, a
    push that waits."""
    s = scenarios.Scenario()
    scenarios.Promote.build(s, p)
    s.runner(p)
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


class Lane:
    def __init__(self, work, number):
        self.work = "%s/lane%d" % (work, number)
        self.bin = self.work + "/bin"
        os.makedirs(self.work + "/home")
        os.makedirs(self.bin)
        for name in PROGRAMS:  # of its own: the plan lies beside them
            os.link("%s/../bin/%s" % (self.work, name),
                    "%s/%s" % (self.bin, name))
        self.place = Place(self.work + "/p", "")
        self.template = self.work + "/template"
        os.makedirs(self.place.dir)
        build(self.place)
        os.rename(self.place.dir, self.template)

    def fresh(self):
        shutil.rmtree(self.place.dir, ignore_errors=True)
        subprocess.run(["cp", "-a", self.template, self.place.dir], check=True)

    def shoot(self, program, words, where, at, ever, given=b""):
        """(status, stdout, what the sanitizers said, allocations)."""
        for name in glob.glob(self.bin + "/*.*"):
            os.unlink(name)
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
        rc, wanted, told, most = lane.shoot(program, words, cwd, 0, 0, given)
        if told or most == 0:
            raise Broken("without a fault: %d %s" % (rc, told[-2000:]))
        chosen = range(1, most + 1)
        if only_at:
            chosen = [only_at]
        elif share and share[1] < most:
            chosen = sorted(random.Random("%s %s" % (share[0], name))
                            .sample(chosen, share[1]))
        for at in chosen:
            for ever in (0, 1):
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
                elif rc == 0 and not changes and out != wanted:
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
    share = a.points and (a.seed, max(1, a.points // (2 * len(chosen))))
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
