"""measure.py: times commands in turn (A B A B ...), and keeps what came out
as rows of tables.

A Side is one of those compared: a command, or a function that does something
and returns the milliseconds it took. Bench.compare() measures sides in turn
and adds a row for each peer; the first side is ours. The same command moves
by a factor of two on a shared machine, so what counts is the median of the
ratios, pair by pair. A command that fails, or that did not do what its check
expects, ends the benchmark of its group: there is no figure of a failure.
"""
import os
import statistics
import subprocess
import time


LONG = 60  # seconds that are spent on the pairs of one comparison, or a pair more


class Failed(Exception):
    """What was to be measured did not happen."""


class Usage:
    """One execution: milliseconds, and what it printed."""

    def __init__(self, ms, text=""):
        self.ms, self.text = ms, text


class Side:
    """name; command: a list, or a line for sh; or take(): a function that
    returns ms. before() is not timed; check(text) is given all that was printed
    and returns whether it is right."""

    def __init__(self, name, command=None, cwd=None, take=None, before=None,
                 check=None, stdin="/dev/null", env=None):
        self.name, self.cwd, self.take = name, cwd, take
        self.command = ["sh", "-c", command] if isinstance(command, str) else command
        self.before, self.check, self.stdin, self.env = before, check, stdin, env


def execute(side, out_path):
    """Spawned and waited for with nothing in between: a process that starts
    and ends takes some 0.4 ms so."""
    if side.before:
        side.before()
    if side.take:
        return Usage(side.take())
    files = [(os.POSIX_SPAWN_OPEN, 0, side.stdin, os.O_RDONLY, 0),
             (os.POSIX_SPAWN_OPEN, 1, out_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
             (os.POSIX_SPAWN_DUP2, 1, 2)]
    back = os.getcwd()
    os.chdir(side.cwd or back)
    try:
        start = time.perf_counter()
        pid = os.posix_spawnp(side.command[0], side.command, side.env or os.environ,
                              file_actions=files)
        _, status = os.waitpid(pid, 0)
        ms = (time.perf_counter() - start) * 1000
    finally:
        os.chdir(back)
    with open(out_path, encoding="utf-8", errors="replace") as f:
        text = f.read() if side.check or status else ""
    if status or side.check and not side.check(text):
        raise Failed("%s (%s)\n%s" % (
            side.name, "exit %d" % os.waitstatus_to_exitcode(status) if status
            else "it did not do what it should", text[-600:]))
    return Usage(ms, text)


def run(*command, cwd=None, **more):
    """What is not measured: must succeed; gives what it printed."""
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **more)
    text = done.stdout.decode(errors="replace")
    if done.returncode:
        raise Failed("%s\n%s" % (" ".join(command), text[-600:]))
    return text


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failed("never came true: " + what)
        time.sleep(0.02)


def number(x):
    """Three digits of it, or all before the point."""
    return "%.0f" % x if x >= 100 else "%.1f" % x if x >= 10 else "%.2f" % x


def ratio_text(x):
    """A ratio as it is said: 0.31, or 1/45."""
    return "1/%.0f" % (1 / x) if 0 < x < 0.095 else "%.2f" % x


class Target:
    """ours / peer must be at most this. stand_in: the peer that is meant takes
    this part of what the measured one takes (samu of ninja, as published)."""

    def __init__(self, most, text=None, stand_in=1.0):
        self.most = most * stand_in
        self.text = "≤ " + (text or ratio_text(most))
        if stand_in != 1.0:
            self.text += ", so ≤ %s here" % ratio_text(self.most)


class Row:
    """what | ours | peer | ratio | to reach | holds"""

    def __init__(self, what, ours, peer, ratio, target=None, span=None):
        self.what, self.ours, self.peer = what, ours, peer
        self.ratio, self.target, self.span = ratio, target, span

    def cells(self):
        ratio = "" if self.ratio is None else ratio_text(self.ratio)
        if self.span:
            low, high, count = self.span
            ratio += " (%s to %s in %d)" % (ratio_text(low), ratio_text(high), count) \
                if count > 1 else " (one pair)"
        holds = ""
        if self.target and self.ratio is not None:
            holds = "yes" if self.ratio <= self.target.most else "**no**"
        return [self.what, self.ours, self.peer, ratio,
                self.target.text if self.target else "", holds]


class Bench:
    """work: a directory of ours. quick: small sizes, for a look whether all
    still works. most: nodes of a graph. library: DuckDB's. rows: of the group
    that runs now."""

    def __init__(self, work, quick, most, library):
        self.work, self.quick, self.most, self.library = work, quick, most, library
        self.rows, self.remarks, self.cache = [], [], {}

    def size(self, full, quick):
        return quick if self.quick else full

    def sizes(self, *full):
        """Of graphs: those, or where they are too large the largest."""
        return sorted({min(n, self.size(self.most, 1000)) for n in full})

    def path(self, *parts):
        return os.path.join(self.work, *parts)

    def once(self, key, make):
        """What several groups need, made once."""
        if key not in self.cache:
            self.cache[key] = make()
        return self.cache[key]

    def measure(self, sides, pairs, warm=True):
        """{side's name: [Usage]}, taken in turn, after one of each that does
        not count. Where that takes long there are fewer pairs."""
        taken = {s.name: [] for s in sides}
        for side in sides if warm else []:
            execute(side, self.path("printed"))
        start = time.monotonic()
        for turn in range(pairs):
            if turn and time.monotonic() - start > LONG:
                break
            for side in sides:
                taken[side.name].append(execute(side, self.path("printed")))
        return taken

    def compare(self, what, sides, pairs, targets=(), per=1, warm=True):
        """Rows of sides[0] beside each other one, which may be None (absent,
        said already). per: the figures are of so many. Returns what was
        measured."""
        targets = list(targets) + [None] * len(sides)
        there = [s for s in sides if s is not None]
        taken = self.measure(there, pairs, warm)
        ours = [u.ms / per for u in taken[there[0].name]]
        mine = "%s ms" % number(statistics.median(ours))
        if len(there) == 1:
            self.add(Row(what, "%s: %s" % (there[0].name, mine), "", None))
        for side, target in zip(sides[1:], targets):
            if side is None:
                continue
            peers = [u.ms / per for u in taken[side.name]]
            ratios = sorted(a / b for a, b in zip(ours, peers))
            self.add(Row(what, "%s: %s" % (there[0].name, mine),
                         "%s: %s ms" % (side.name, number(statistics.median(peers))),
                         statistics.median(ratios), target,
                         (ratios[0], ratios[-1], len(ratios))))
        return taken

    def say(self, remark):
        """What belongs below the group's table."""
        self.remarks.append(remark)
        print("  " + remark, flush=True)

    def add(self, row):
        self.rows.append(row)
        print("| " + " | ".join(row.cells()) + " |", flush=True)


PEAK = """import os, resource, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
status = os.wait4(pid, 0)[1]
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status != 0)
"""


def peak_mib(command, cwd):
    """The largest process of a command, at its largest. A process begins with
    the size of the one that started it, so that is a small one."""
    text = run("python3", "-I", "-S", "-c", PEAK, *command, cwd=cwd)
    return int(text.split()[-1]) / 1024
