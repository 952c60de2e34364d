#!/usr/bin/env python3
"""fault.py: interrupts each scenario at its calls to the operating system, and
sees whether what was acknowledged holds, the store verifies, and the same goes
through afterwards, to the very state of a run that nobody disturbed.

  fault.py kill|error [--points N] [--agains N] [--seed S] [--jobs N]
                      [--only NAME[:AT]]

kill    SIGKILL just before call number AT: of the process that makes it, of
        all of them, or of all and once more in what recovers
error   the call fails with an errno, once or from then on; a write is short

--agains is how many different second deaths each first one is tried with. N of
--points is how many points of all scenarios together (0: each point there is). The
last line is "N points, N broken"; facts go to $FACTS (fact.py). The points are
chosen by SEED, and a failure prints the words that repeat it.
"""
import argparse
import errno
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
from place import Broken, HERE, Place, become_subreaper, reap

ERRNOS = ["ENOSPC", "EIO", "EMFILE", "EINTR", "ENOMEM", "EDQUOT", "EROFS"]


def all_kinds(kind, agains):
    """The environment of each way in which a point can be struck."""
    if kind == "kill":
        ways = [{"FAULT_KIND": "kill"}, {"FAULT_KIND": "all"}]
        return ways + [{"FAULT_KIND": "all", "FAULT_AGAIN": str(n)}
                       for n in range(1, agains + 1)]
    kinds = [{"FAULT_KIND": "short"}]
    for name in ERRNOS:
        code = {"FAULT_KIND": str(getattr(errno, name))}
        kinds.append(code)
        if name != "EINTR":  # a call that is interrupted for ever never ends
            kinds.append(dict(code, FAULT_EVER="1"))
    return kinds


def words_of(how):
    kind = how["FAULT_KIND"]
    if kind.isdigit():
        kind = errno.errorcode[int(kind)]
    return kind + (" for ever" if "FAULT_EVER" in how else "") + (
        " and again, %s" % how["FAULT_AGAIN"] if "FAULT_AGAIN" in how else "")


class Lane:
    """One process's own copy of the world."""

    def __init__(self, work, shim, number):
        self.work = "%s/lane%d" % (work, number)
        self.shim = shim
        os.makedirs(self.work + "/home", exist_ok=True)
        self.place = Place(self.work + "/p", shim)

    def fresh(self, template):
        shutil.rmtree(self.place.dir, ignore_errors=True)
        subprocess.run(["cp", "-a", template, self.place.dir], check=True)
        return self.place


def learn(scenario, lane, template):
    """How many calls there are, and the state that is to be reached. The world
    is built where the lanes' copies lie, because it knows its own path."""
    p = lane.place
    shutil.rmtree(p.dir, ignore_errors=True)
    os.makedirs(p.dir)
    scenario.build(p)
    subprocess.run(["cp", "-a", p.dir, template], check=True)
    calls = {}
    for kind in ("kill", "5"):
        p = lane.fresh(template)
        clear(scenario, p)
        rc, out, said = p.run(scenario.argv(p), scenario.where(p),
                              {"FAULT_AT": "0", "FAULT_KIND": kind})
        reap()
        if rc not in (0, 4):
            raise Broken("%s: without a fault: %d %s %s"
                         % (scenario.name, rc, out, said))
        calls[kind] = p.counted()[0]
    scenario.finish(p)
    scenario.check(p)
    state = scenario.state(p)
    if rc == 0:
        scenario.promised(p, out)
    return calls["kill"], calls["5"], state


def clear(scenario, p):
    if hasattr(scenario, "clear"):
        scenario.clear(p)


def again(scenario, lane, how, at):
    """What goes on after the first death dies, too, at a call of its own."""
    p = lane.place
    if "FAULT_AGAIN" in how:
        p.run(scenario.argv(p), scenario.where(p),
              {"FAULT_KIND": "all",
               "FAULT_AT": str(1 + at * 37 * int(how["FAULT_AGAIN"]) % 211)})
        reap()
        scenario.check(p)


def strike(scenario, lane, template, wanted, at, how):
    """One point. Returns (struck, what does not hold or None)."""
    p = lane.fresh(template)
    clear(scenario, p)
    rc, out, said = p.run(scenario.argv(p), scenario.where(p),
                          dict(how, FAULT_AT=str(at)))
    reap()
    _, struck, name = p.counted()
    try:
        if rc == 0:
            scenario.promised(p, out)
        elif rc in (-11, -6, -8, -7, -4):
            raise Broken("crashed with signal %d" % -rc)
        scenario.check(p)
        again(scenario, lane, how, at)
        scenario.finish(p)
        reap()
        state = scenario.state(p)
        scenario.check(p)
        if state != wanted:
            raise Broken("another end: %s\n    wanted: %s" % (state, wanted))
    except (Broken, OSError, ValueError, KeyError) as e:
        return struck > 0, "%s (%s: %s; it said %d %s)" % (
            e, type(e).__name__, name, rc, said.strip()[-300:])
    return struck > 0, None


def work_lane(args):
    """A scenario's points, one after another; in a process of its own."""
    cls, number, points, work, shim = args
    become_subreaper()
    scenario, lane = cls(), Lane(work, shim, number)
    template = lane.work + "/template"
    shutil.rmtree(template, ignore_errors=True)
    if cls is scenarios.Outbox:
        cls.start()
    broken, n = [], 0
    try:
        kills, calls, wanted = learn(scenario, lane, template)
    except Broken as e:
        return scenario.name, 0, 0, 0, ["%s: %s" % (scenario.name, e)]
    total = 0
    for share, how in points:
        most = calls if how["FAULT_KIND"].isdigit() else kills
        total = max(total, most)
        if isinstance(share, int):
            chosen = [share]
        else:
            chosen = range(1, most + 1)
            keep = random.Random("%s %s %s" % (share[0], scenario.name, how))
            if share[1] and share[1] < most:
                chosen = sorted(keep.sample(chosen, share[1]))
        for at in chosen:
            struck, why = strike(scenario, lane, template, wanted, at, how)
            n += struck
            if why:
                broken.append("%s:%d %s: %s" % (scenario.name, at,
                                                words_of(how), why))
    shutil.rmtree(lane.work, ignore_errors=True)
    return scenario.name, total, n, len(points), broken


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["kill", "error"])
    parser.add_argument("--points", type=int, default=0)
    parser.add_argument("--seed", type=int,
                        default=int(os.environ.get("SEED", 1)))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--agains", type=int, default=1)
    parser.add_argument("--only")
    a = parser.parse_args()
    chosen, at = scenarios.ALL, None
    if a.only:
        name, _, at = a.only.partition(":")
        chosen = [s for s in chosen if s.name == name]
    below = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    work = tempfile.mkdtemp(prefix="sluice-fault.", dir=below)
    shim = work + "/kill_at.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim,
                    os.path.dirname(HERE) + "/e2e/kill_at.c", "-ldl"],
                   check=True)
    kinds = all_kinds(a.kind, a.agains)
    share = a.points and max(1, a.points // (len(chosen) * len(kinds)))
    tasks = []
    for i, s in enumerate(chosen):
        plan = [(int(at) if at else (a.seed, share), how) for how in kinds]
        tasks.append((s, i, plan, work, shim))
    start = time.monotonic()
    print("seed %d, %d scenarios, %d ways" % (a.seed, len(chosen), len(kinds)))
    points, calls, broken = 0, 0, []
    try:
        with multiprocessing.Pool(a.jobs, maxtasksperchild=1) as pool:
            for name, most, n, _, bad in pool.imap_unordered(work_lane, tasks,
                                                             1):
                print("%-14s %5d calls, %5d points, %d broken"
                      % (name, most, n, len(bad)), flush=True)
                points += n
                calls += most
                broken += bad
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for line in broken[:40]:
        print("BROKEN " + line)
    print("%d points, %d broken (%.0f s)" % (points, len(broken),
                                             time.monotonic() - start))
    fact.tell("fault-" + a.kind, seed=a.seed, scenarios=len(chosen),
              ways=len(kinds), points=points, broken=len(broken))
    return 1 if broken or not points else 0


if __name__ == "__main__":
    sys.exit(main())
