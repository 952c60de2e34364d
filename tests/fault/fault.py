#!/usr/bin/env python3
"""fault.py: interrupts each scenario at its calls to the operating system, and
sees whether what was acknowledged holds, the store verifies, and the same goes
through afterwards, to the very state of a run that nobody disturbed.

  fault.py kill|error [--points N | --each N] [--agains N] [--seed S]
                      [--jobs N] [--only NAME[:AT]]

kill    SIGKILL just before call number AT: of the process that makes it, of
        all of them, or of all and once more in what recovers
error   the call fails with an errno, once or from then on; a write is short

A point is a scenario, a call of it and a way to strike it. --points is how many
of all scenarios together are chosen by SEED; --each, how many ways every call
is struck in, those that come next for each SEED: with --each 4, four seeds are
all ways. Without either, every point there is. --agains is how many different
second deaths each first one is tried with; one that came too late is no point.

The last line is "N points, N broken"; facts go to $FACTS (fact.py). A failure
prints the words that repeat it.
"""
import argparse
import collections
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


def way_of(how):
    """The same for a count of many points: without numbers."""
    return words_of(how).split(",")[0]


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


def class_of(how):
    """Which calls are counted (kill_at.c)."""
    kind = how["FAULT_KIND"]
    if kind == "short":
        return kind
    return "error" if kind.isdigit() else "kill"


def learn(scenario, lane, template):
    """How many calls of each class there are, and the state that is to be
    reached. The world is built where the lanes' copies lie, because it knows
    its own path."""
    p = lane.place
    shutil.rmtree(p.dir, ignore_errors=True)
    os.makedirs(p.dir)
    scenario.build(p)
    subprocess.run(["cp", "-a", p.dir, template], check=True)
    calls = {}
    for kind in ("kill", "short", str(errno.EIO)):
        p = lane.fresh(template)
        clear(scenario, p)
        rc, out, said = p.run(scenario.argv(p), scenario.where(p),
                              {"FAULT_AT": "0", "FAULT_KIND": kind})
        reap()
        if rc not in (0, 4):
            raise Broken("%s: without a fault: %d %s %s"
                         % (scenario.name, rc, out, said))
        calls[class_of({"FAULT_KIND": kind})] = p.counted()[0]
    scenario.finish(p)
    scenario.check(p)
    state = scenario.state(p)
    if rc == 0:
        scenario.promised(p, out)
    return calls, state


def plan(name, kinds, calls, share):
    """The (call, way) of a scenario that are struck: share is ("points", N,
    SEED) or ("each", N, SEED), or None for all."""
    pairs = collections.defaultdict(list)
    for how in kinds:
        for at in range(1, calls[class_of(how)] + 1):
            pairs[at].append((at, how))
    if share is None:
        return [pair for at in sorted(pairs) for pair in pairs[at]]
    how_many, seed = share[1:]
    chosen = []
    if share[0] == "each":
        for at in sorted(pairs):
            ways = pairs[at]
            random.Random("%s %d" % (name, at)).shuffle(ways)
            n = min(how_many, len(ways))
            chosen += [ways[(seed * n + i) % len(ways)] for i in range(n)]
        return chosen
    # as many of each way, each at calls of its own as long as there are any
    keep = random.Random("%s %s" % (seed, name))
    order = {c: keep.sample(range(1, n + 1), n) for c, n in calls.items()}
    rounds = -(-how_many // len(kinds))
    for i in range(how_many):
        turn, way = divmod(i, len(kinds))
        left = order[class_of(kinds[way])]
        if turn < len(left):
            chosen.append((left[(turn + way * rounds) % len(left)],
                           kinds[way]))
    return chosen


def clear(scenario, p):
    if hasattr(scenario, "clear"):
        scenario.clear(p)


def again(scenario, lane, how, at, calls):
    """What goes on after the first death dies, too, at a call of its own. Whether
    it did."""
    p = lane.place
    if "FAULT_AGAIN" not in how:
        return True
    # what goes on has about as much to do as was left
    second = random.Random("%s %d %s" % (scenario.name, at, how["FAULT_AGAIN"]))
    p.run(scenario.argv(p), scenario.where(p),
          {"FAULT_KIND": "all", "FAULT_AT": str(
              second.randint(1, max(1, calls["kill"] - at)))})
    reap()
    struck = p.counted()[1] > 0
    scenario.check(p)
    return struck


def strike(scenario, lane, template, wanted, at, how, calls):
    """One point. Returns (struck, what does not hold or None)."""
    p = lane.fresh(template)
    clear(scenario, p)
    rc, out, said = p.run(scenario.argv(p), scenario.where(p),
                          dict(how, FAULT_AT=str(at)))
    reap()
    _, n, name = p.counted()
    struck = n > 0
    try:
        if rc == 0:
            scenario.promised(p, out)
        elif rc in (-11, -6, -8, -7, -4):
            raise Broken("crashed with signal %d" % -rc)
        scenario.check(p)
        struck = again(scenario, lane, how, at, calls) and struck
        scenario.finish(p)
        reap()
        state = scenario.state(p)
        scenario.check(p)
        if state != wanted:
            raise Broken("another end: %s\n    wanted: %s" % (state, wanted))
    except (Broken, OSError, ValueError, KeyError) as e:
        return struck, "%s (%s: %s; it said %d %s)" % (
            e, type(e).__name__, name, rc, said.strip()[-300:])
    return struck, None


def work_lane(args):
    """A scenario's points, one after another; in a process of its own. Returns
    its name, its calls, how many points each way has, what is broken."""
    cls, number, kinds, share, only_at, work, shim = args
    become_subreaper()
    scenario, lane = cls(), Lane(work, shim, number)
    template = lane.work + "/template"
    shutil.rmtree(template, ignore_errors=True)
    if cls is scenarios.Outbox:
        cls.start()
    broken, ways = [], collections.Counter()
    try:
        calls, wanted = learn(scenario, lane, template)
    except Broken as e:
        return scenario.name, 0, ways, ["%s: %s" % (scenario.name, e)]
    points = plan(scenario.name, kinds, calls, share)
    if only_at:
        points = [(only_at, how) for how in kinds]
    for at, how in points:
        struck, why = strike(scenario, lane, template, wanted, at, how, calls)
        ways[way_of(how)] += struck
        if why:
            broken.append("%s:%d %s: %s" % (scenario.name, at, words_of(how),
                                            why))
            print("BROKEN " + broken[-1], flush=True)
    shutil.rmtree(lane.work, ignore_errors=True)
    return scenario.name, max(calls[class_of(h)] for h in kinds), ways, broken


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["kill", "error"])
    parser.add_argument("--points", type=int, default=0)
    parser.add_argument("--each", type=int, default=0)
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
    share = None
    if a.each:
        share = ("each", a.each, a.seed)
    elif a.points:
        share = ("points", max(1, a.points // len(chosen)), a.seed)
    tasks = [(s, i, kinds, share, int(at) if at else None, work, shim)
             for i, s in enumerate(chosen)]
    start = time.monotonic()
    print("seed %d, %d scenarios, %d ways" % (a.seed, len(chosen), len(kinds)))
    calls, broken, ways = 0, 0, collections.Counter()
    try:
        with multiprocessing.Pool(a.jobs, maxtasksperchild=1) as pool:
            for name, most, struck, bad in pool.imap_unordered(
                    work_lane, tasks, 1):
                n = sum(struck.values())
                print("%-14s %5d calls, %5d points, %d broken (%.0f s)"
                      % (name, most, n, len(bad), time.monotonic() - start),
                      flush=True)
                ways += struck
                calls += most
                broken += len(bad)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    points = sum(ways.values())
    print(", ".join("%d %s" % (n, way) for way, n in sorted(ways.items())))
    print("%d points, %d broken (%.0f s)" % (points, broken,
                                             time.monotonic() - start))
    fact.tell("fault-" + a.kind, seed=a.seed, scenarios=len(chosen),
              calls=calls, points=points, broken=broken, by_way=ways,
              ways=len(kinds))
    return 1 if broken or not points else 0


if __name__ == "__main__":
    sys.exit(main())
