#!/usr/bin/env python3
"""power.py: cuts the power under each scenario, on real file systems, and sees
whether what was acknowledged is there when it is back.

  power.py [--cuts N] [--seed S] [--jobs N] [--only NAME[:AT]] [--fs ext4|xfs]

A file system is an image in memory, mounted with its journal's interval put up
(ext4: commit=600), so that what nobody synced stays in the page cache. The
scenario runs to its end, or everything dies just before a call of its; the
image is copied without a sync, which is the cut; the copy is mounted at the
same place, under the name of another boot. In every other cut an unrelated file
is synced just before, so that the journal is ahead of the data.

The ledger is this process's own memory, outside of the file system: the exit
status 0 that was seen. Needs root, loop devices, mkfs: where one is missing it
says so, and ends with 77. The last line is "N cuts, N broken".
"""
import argparse
import ctypes
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

CLONE_NEWNS = 0x20000
BOOT = "/proc/sys/kernel/random/boot_id"
KINDS = {
    "ext4": (64, ["mkfs.ext4", "-q", "-F", "-N", "8192"],
             "loop,commit=600,noatime"),
    # an image that is copied has the identity of the first
    "xfs": (320, ["mkfs.xfs", "-q", "-f"], "loop,nouuid,noatime"),
}
# what takes no part in what was acknowledged, or has no durable state
LEFT_OUT = {"fsck", "recovery"}


def do(*words):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE)


def own_mounts():
    """Mounts of this process alone, gone with it."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        raise OSError("no mount namespace")
    do("mount", "--make-rprivate", "/")


class Disk:
    """An image, and where it is mounted."""

    def __init__(self, work, kind):
        self.kind = kind
        self.image = "%s/%s.img" % (work, kind)
        self.point = work + "/disk"
        os.makedirs(self.point, exist_ok=True)

    def make(self):
        size, command, _ = KINDS[self.kind]
        with open(self.image, "wb") as f:
            f.truncate(size << 20)
        do(*command, self.image)

    def mount(self, image=None):
        do("mount", "-t", self.kind, "-o", KINDS[self.kind][2],
           image or self.image, self.point)

    def unmount(self):
        for _ in range(100):
            if subprocess.run(["umount", self.point],
                              stderr=subprocess.DEVNULL).returncode == 0:
                return
            time.sleep(0.02)
        do("umount", "-l", self.point)


def copy(a, b):
    do("cp", "--sparse=always", a, b)


def why_not(kind):
    """None where this file system can be had here."""
    with tempfile.TemporaryDirectory(dir=below()) as work:
        disk = Disk(work, kind)
        try:
            own_mounts()
            disk.make()
            disk.mount()
            disk.unmount()
        except (OSError, subprocess.CalledProcessError) as e:
            said = getattr(e, "stderr", b"") or b""
            return "%s: %s" % (e, said.decode().strip())
    return None


def can(kind, answer):
    answer.put(why_not(kind))


def below():
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def durable(scenario, p, wanted):
    """What a status of 0 promised, before anybody goes on with the work."""
    if isinstance(wanted, dict):
        if "refs" in wanted and isinstance(scenario, scenarios.OnServer):
            got = {"refs": p.refs(), "requests": p.ended()}
            if got != wanted:
                raise Broken("lost: %s\n    wanted: %s" % (got, wanted))


def cut(scenario, disk, work, wanted, at, is_ahead, shim):
    """One cut: (acknowledged, what does not hold)."""
    p = Place(disk.point + "/p", shim)
    p.counter = work + "/counter"
    crash, before = work + "/crash.img", work + "/before.img"
    copy(disk.image, before)
    disk.mount(before)
    if hasattr(scenario, "clear"):
        scenario.clear(p)
    rc, out, said = p.run(scenario.argv(p), scenario.where(p),
                          {"FAULT_AT": str(at), "FAULT_KIND": "all"})
    reap()
    if is_ahead:
        with open(disk.point + "/unrelated", "w", encoding="utf-8") as f:
            f.write("x")
            f.flush()
            os.fsync(f.fileno())
    copy(before, crash)
    disk.unmount()
    disk.mount(crash)
    do("mount", "--bind", work + "/boot", BOOT)
    why = None
    try:
        if rc == 0:
            scenario.promised(p, out)
            durable(scenario, p, wanted)
        p.may_be_torn = True
        scenario.check(p)
        scenario.finish(p)
        reap()
        scenario.check(p)
        state = scenario.state(p)
        if state != wanted:
            raise Broken("another end: %s\n    wanted: %s" % (state, wanted))
    except (Broken, OSError, ValueError, KeyError) as e:
        why = "%s (%s; it said %d %s)" % (e, type(e).__name__, rc,
                                          said.strip()[-300:])
    finally:
        do("umount", BOOT)
        reap()
        disk.unmount()
    return rc == 0, why


def learn(scenario, disk, work, shim):
    p = Place(disk.point + "/p", shim)
    p.counter = work + "/counter"
    disk.make()
    disk.mount()
    os.makedirs(disk.point + "/home")
    os.makedirs(p.dir)
    scenario.build(p)
    disk.unmount()
    before = work + "/before.img"
    copy(disk.image, before)
    disk.mount(before)
    if hasattr(scenario, "clear"):
        scenario.clear(p)
    rc, out, said = p.run(scenario.argv(p), scenario.where(p),
                          {"FAULT_AT": "0", "FAULT_KIND": "all"})
    reap()
    calls = p.counted()[0]
    if rc != 0:
        raise Broken("without a cut: %d %s %s" % (rc, out, said))
    scenario.finish(p)
    state = scenario.state(p)
    disk.unmount()
    return calls, state


def work_lane(args):
    cls, number, kind, n_cuts, only_at, seed, top, shim = args
    become_subreaper()
    own_mounts()
    scenario = cls()
    if cls is scenarios.Outbox:
        cls.start()
    work = "%s/lane%d" % (top, number)
    os.makedirs(work)
    with open(work + "/boot", "w", encoding="utf-8") as f:
        f.write("00000000-0000-4000-8000-%012d\n" % number)
    disk = Disk(work, kind)
    n, acks, broken = 0, 0, []
    title = "%s on %s" % (scenario.name, kind)
    try:
        calls, wanted = learn(scenario, disk, work, shim)
        keep = random.Random("%s %s" % (seed, title))
        # its end, and its last call, are where it is acknowledged
        points = [0, keep.randrange(1, calls + 1), calls, 0]
        while len(points) < n_cuts:
            points.append(keep.randrange(1, calls + 1))
        for i, at in enumerate(points[:max(n_cuts, 1)]):
            if only_at is not None:
                at = only_at
            ack, why = cut(scenario, disk, work, wanted, at, i % 2 == 0, shim)
            n += 1
            acks += ack
            if why:
                broken.append("%s:%d%s: %s" % (
                    title, at, " (journal ahead)" if i % 2 == 0 else "", why))
    except (Broken, subprocess.CalledProcessError, OSError) as e:
        broken.append("%s: %s" % (title, e))
    shutil.rmtree(work, ignore_errors=True)
    return title, n, acks, broken


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--seed", type=int,
                        default=int(os.environ.get("SEED", 1)))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only")
    parser.add_argument("--fs", choices=sorted(KINDS))
    a = parser.parse_args()
    kinds, skipped = [], 0
    for kind in [a.fs] if a.fs else sorted(KINDS):
        answer = multiprocessing.Queue()
        asked = multiprocessing.Process(target=can, args=(kind, answer))
        asked.start()
        why = answer.get()
        asked.join()
        if why is None:
            kinds.append(kind)
        else:
            print("SKIPPED %s: %s" % (kind, why))
            skipped += 1
    if not kinds:
        print("no file system to cut the power of")
        fact.tell("power", cuts=0, skipped=skipped, broken=0)
        return 77
    chosen, at = [s for s in scenarios.ALL if s.name not in LEFT_OUT], None
    if a.only:
        name, _, at = a.only.partition(":")
        chosen = [s for s in chosen if s.name == name]
    work = tempfile.mkdtemp(prefix="sluice-power.", dir=below())
    shim = work + "/kill_at.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim,
                    os.path.dirname(HERE) + "/e2e/kill_at.c", "-ldl"],
                   check=True)
    share = -(-a.cuts // (len(chosen) * len(kinds)))
    tasks = [(s, 100 * k + i, kind, share, int(at) if at else None, a.seed,
              work, shim)
             for k, kind in enumerate(kinds) for i, s in enumerate(chosen)]
    start = time.monotonic()
    cuts, acks, broken = 0, 0, []
    print("seed %d, %d scenarios on %s" % (a.seed, len(chosen),
                                           ", ".join(kinds)))
    try:
        with multiprocessing.Pool(a.jobs, maxtasksperchild=1) as pool:
            for title, n, acked, bad in pool.imap_unordered(work_lane, tasks,
                                                            1):
                print("%-22s %3d cuts, %3d acknowledged before, %d broken"
                      % (title, n, acked, len(bad)), flush=True)
                cuts += n
                acks += acked
                broken += bad
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for line in broken[:40]:
        print("BROKEN " + line)
    print("%d cuts, %d broken, %d acknowledged before the cut, %d file "
          "systems skipped (%.0f s)" % (cuts, len(broken), acks, skipped,
                                        time.monotonic() - start))
    fact.tell("power", seed=a.seed, cuts=cuts, acknowledged=acks,
              broken=len(broken), skipped=skipped, file_systems=kinds)
    return 1 if broken or not cuts else 0


if __name__ == "__main__":
    sys.exit(main())
