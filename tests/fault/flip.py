#!/usr/bin/env python3
"""flip.py: turns single bits of what is kept, and sees that nobody is served
what is wrong, and that it heals.

  flip.py [--flips N] [--seed S] [--only KIND:FILE:BIT]

blob, result     in a server's store: what reads the tables (get --all) gives
                 the bytes of before or says that something is damaged, and no
                 other bytes; `store fsck` names it and lays it aside; a run
                 makes it anew, and then all is as it was
manifest         a blob that a run's commit names
derived          is dropped, and costs nothing but time
database         run.db and outbox.db, pages turned to noise, cut short, or
                 gone: what runs name is as before, and the runner goes on
The last line is "N flips, N broken".
"""
import argparse
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import fact
import scenarios
from place import Broken, Place, become_subreaper, reap


class World:
    def __init__(self, work):
        os.makedirs(work + "/home")
        self.p = Place(work + "/p", "")
        self.template = work + "/template"
        self.s = scenarios.Promote()
        os.makedirs(self.p.dir)
        scenarios.Promote.build(self.s, self.p)
        self.s.runner(self.p)
        subprocess.run(["cp", "-a", self.p.dir, self.template], check=True)
        self.tables = self.read()[1]
        self.state = self.s.state(self.p)

    def fresh(self):
        shutil.rmtree(self.p.dir, ignore_errors=True)
        subprocess.run(["cp", "-a", self.template, self.p.dir], check=True)

    def read(self):
        """What a consumer gets of what is served: (status, files)."""
        out = self.p.dir + "/set"
        shutil.rmtree(out, ignore_errors=True)
        rc, _, said = self.p.run(["sluice", "get", "--all", out, "--at",
                                  "production"], self.p.bare)
        found = {}
        for at, _, names in os.walk(out):
            for name in names:
                with open(at + "/" + name, "rb") as f:
                    found[os.path.relpath(at + "/" + name, out)] = f.read()
        return rc, found, said

    def files(self, kind):
        """Of the store, in order of names."""
        found = []
        top = self.p.bare + "/sluice/" + kind
        for at, _, names in os.walk(self.template + top[len(self.p.dir):]):
            found += [os.path.relpath(at + "/" + n, self.template)
                      for n in names if n[0] != "."]
        return sorted(found)


def flip(path, bit):
    mode = os.stat(path).st_mode
    os.chmod(path, 0o644)
    with open(path, "r+b") as f:
        f.seek(bit // 8)
        byte = f.read(1)[0]
        f.seek(bit // 8)
        f.write(bytes([byte ^ (1 << bit % 8)]))
    os.chmod(path, mode)


def fsck(w):
    rc, out, said = w.p.run(["sluice", "store", "fsck", "--json"], w.p.bare)
    return rc, json.loads(out), said


def of_store(w, kind, name, bit):
    """A flip in one file of the store: nothing wrong is served, it is found,
    it heals."""
    w.fresh()
    flip(w.p.dir + "/" + name, bit)
    rc, files, said = w.read()
    if rc == 0 and files != w.tables:
        raise Broken("served other bytes")
    if rc not in (0, 4):
        raise Broken("get: status %d %s" % (rc, said))
    rc, found, _ = fsck(w)
    aside = found["quarantine"] + len(found["damaged"])
    if kind != "derived" and aside == 0:
        raise Broken("not found: %s" % found)
    for branch in ("main",):
        w.p.must(["git", "commit", "-q", "--allow-empty", "-m", "again"],
                 w.p.desk)
        w.s.push(w.p, branch)
    w.s.runner(w.p)
    rc, files, said = w.read()
    manifest = files.pop("manifest.json", None)
    wanted = dict(w.tables)
    wanted.pop("manifest.json")
    if rc != 0 or files != wanted or manifest is None:
        raise Broken("not healed: %d %s" % (rc, said))
    rc, found, _ = fsck(w)
    if found["damaged"]:
        raise Broken("damaged still: %s" % found)
    w.p.must(["sluice", "verify", "production", "--json"], w.p.bare)


def turn_to_noise(path, rng):
    with open(path, "r+b") as f:
        f.seek(0, 2)
        pages = f.tell() // 4096
        for _ in range(max(1, pages // 3)):
            f.seek(4096 * rng.randrange(max(1, pages)))
            f.write(rng.randbytes(4096))


def damage(path, how, rng):
    """In one of the ways in which a database is lost."""
    db = sqlite3.connect(path)  # all of it in the one file
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    if how == "gone":
        os.unlink(path)
    elif how == "short":
        os.truncate(path, os.path.getsize(path) // 2)
    elif how == "empty":
        os.truncate(path, 0)
    elif how == "bit":
        flip(path, rng.randrange(8 * os.path.getsize(path)))
    else:
        turn_to_noise(path, rng)


def of_database(w, how, rng):
    """The runner finds out by itself or is told --rebuild-index; runs, tables
    and tips are as before, and the next push is run."""
    w.fresh()
    damage(w.p.bare + "/sluice/runner/run.db", how, rng)
    rc, _, said = w.p.run(["sluice", "runner", "--once", w.p.bare])
    if rc not in (0, 4):
        raise Broken("runner: %d %s" % (rc, said))
    if rc == 4:
        w.p.must(["sluice", "runner", "--once", "--rebuild-index", w.p.bare])
    refs = w.p.refs()
    if refs != w.state["refs"]:
        raise Broken("refs: %s, were %s" % (refs, w.state["refs"]))
    scenarios.write(w.p.desk + "/ClinicA/Low.sql", scenarios.LOW % "9")
    tip = w.s.commit(w.p, "higher")
    w.s.push(w.p)
    rc, _, said = w.p.run(["sluice", "runner", "--once", w.p.bare])
    if rc == 4:
        w.p.must(["sluice", "runner", "--once", "--rebuild-index", w.p.bare])
    done = [r for r in w.p.requests() if r[1] == tip]
    if done != [("main", tip, "done", "success")]:
        raise Broken("the next push: %s %s" % (done, said))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--flips", type=int, default=60)
    parser.add_argument("--seed", type=int,
                        default=int(os.environ.get("SEED", 1)))
    parser.add_argument("--only")
    a = parser.parse_args()
    become_subreaper()
    below = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    work = tempfile.mkdtemp(prefix="sluice-flip.", dir=below)
    rng, broken, counts = random.Random(a.seed), [], {}
    start = time.monotonic()
    try:
        w = World(work)
        tasks = []
        for kind, dirs, share in (("blob", "blobs", 5), ("result", "results", 3),
                                  ("derived", "derived", 1)):
            files = w.files(dirs)
            for i in range(max(1, a.flips * share // 10)):
                name = files[i % len(files)]
                size = os.path.getsize(w.template + "/" + name)
                if size:
                    tasks.append((kind, name, rng.randrange(8 * size)))
        for i in range(max(5, a.flips // 10)):
            tasks.append(("database", ["gone", "empty", "short", "noise",
                                       "bit"][i % 5], rng.randrange(1 << 30)))
        if a.only:
            kind, name, bit = a.only.split(":")
            tasks = [(kind, name, int(bit))]
        for kind, name, bit in tasks:
            try:
                if kind == "database":
                    of_database(w, name, random.Random(bit))
                else:
                    of_store(w, kind, name, bit)
            except (Broken, ValueError, KeyError, sqlite3.Error) as e:
                broken.append("%s:%s:%d: %s: %s" % (
                    kind, name, bit, type(e).__name__, e))
            reap()
            counts[kind] = counts.get(kind, 0) + 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for line in broken[:30]:
        print("BROKEN " + line)
    print(", ".join("%d of %s" % (n, k) for k, n in sorted(counts.items())))
    print("%d flips, %d broken (%.0f s)" % (sum(counts.values()), len(broken),
                                            time.monotonic() - start))
    fact.tell("flip", seed=a.seed, broken=len(broken),
              flips=sum(counts.values()), **counts)
    return 1 if broken or not counts else 0


if __name__ == "__main__":
    sys.exit(main())
