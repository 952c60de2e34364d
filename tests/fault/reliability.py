#!/usr/bin/env python3
"""reliability.py FACTS OUT: docs/RELIABILITY.md from what the tests counted.

FACTS has NAME.json of fact.py, e2e-NAME.json of tests/run.sh, and the logs of
the unit tests of the seam. A row whose tests have not run says so: nothing here
is typed but the promises and the names of their tests.
"""
import glob
import json
import os
import re
import sys

facts, out = sys.argv[1:]


def fact(name):
    try:
        with open("%s/%s.json" % (facts, name), encoding="utf-8") as f:
            return json.load(f)
    except OSError:
        return None


def counted(name, words):
    """`words` with the counts of a fact, or that there are none."""
    f = fact(name)
    if f is None:
        return "not run"
    if "by_way" in f:
        f["by_way"] = ", ".join("%d %s" % (n, way) for way, n in
                                sorted(f["by_way"].items()))
    if f.get("broken"):
        return "**%d of them broken**: " % f["broken"] + words.format(**f)
    return words.format(**f) + "; none broken"


def unit(name, *patterns):
    try:
        with open("%s/%s.log" % (facts, name), encoding="utf-8") as f:
            log = f.read()
    except OSError:
        return "not run"
    if "FAILED" in log:
        return "**failed**"
    return ", ".join(m.group(0) for p in patterns
                     for m in [re.search(p, log)] if m)


def passes(*names):
    """How many of these scripts have passed."""
    states = [fact("e2e-" + n) for n in names]
    good = sum(s is not None and s["state"] == "pass" for s in states)
    skipped = sum(s is not None and s["state"] == "skip" for s in states)
    bad = sum(s is not None and s["state"] == "fail" for s in states)
    words = "%d of %d scripts pass" % (good, len(names))
    if bad:
        words = "**%d fail**, " % bad + words
    if skipped:
        words += ", %d skipped" % skipped
    if good + skipped + bad < len(names):
        words += ", %d not run" % (len(names) - good - skipped - bad)
    return words


def script(number):
    found = glob.glob("tests/e2e/t%s-*.sh" % number)
    return os.path.basename(found[0])[:-3] if found else "t" + number


def row(promise, *proofs):
    """proofs: (what is named as the test, its counts)."""
    tests = "<br>".join("`%s`" % t for t, _ in proofs)
    counts = "<br>".join(c for _, c in proofs)
    return "| %s | %s | %s |" % (promise, tests, counts)


def scripts(*numbers):
    names = [script(n) for n in numbers]
    return " ".join("t" + n for n in numbers), passes(*names)


FAULT = "tests/fault/fault.py"
ROWS = {
    "Death": [
        row("Any process may be killed at any call that changes something; what "
            "was acknowledged holds, the store verifies, and whoever goes on "
            "reaches the state of a run that nobody disturbed",
            (FAULT + " kill", counted(
                "fault-kill", "{points} deaths in {scenarios} scenarios, "
                "{ways} ways ({by_way}); seed {seed}")),
            ("test_store_faults", unit("test_store_faults", r"\d+ deaths")),
            scripts("3020", "3295", "5054", "2020", "2090", "7140")),
        row("A death while recovering from a death is as safe as the first; a "
            "database that is gone is made anew from refs and store",
            (FAULT + " kill", "scenarios `recovery`, `no-database`, and each "
             "scenario's way `and again`"),
            scripts("3010", "3270")),
        row("Each acknowledged push leads to one result, hook or no hook",
            scripts("3010", "3030", "3060", "3062", "3260", "3295")),
        row("A status reaches the forge, once in effect, whatever fails",
            (FAULT + " kill", "scenario `outbox`"),
            scripts("3100", "3310", "3320")),
    ],
    "Power": [
        row("What was acknowledged outlasts a power cut, on ext4 and XFS: "
            "pushes, runs, production, settings, statuses, snapshots, exports",
            ("tests/fault/power.py", counted(
                "power", "{cuts} cuts, {acknowledged} of them behind an "
                "acknowledgement, {skipped} file systems skipped; seed "
                "{seed}"))),
        row("A lazy store's unsynced names are found torn when the power is "
            "back, before anybody is served",
            ("test_store_unsynced", unit("test_store_unsynced", r"\d+ cuts"))),
    ],
    "Errors": [
        row("ENOSPC, EIO, EMFILE, EINTR, ENOMEM, EDQUOT, EROFS and short "
            "writes, once and for ever, at any call, SQLite's, libgit2's and "
            "git's among them: no false success, nothing half-published, and "
            "the same goes through once the fault is gone",
            (FAULT + " error", counted(
                "fault-error", "{points} errors in {scenarios} scenarios "
                "({by_way}); seed {seed}")),
            ("test_store_faults", unit("test_store_faults", r"\d+ faults")),
            scripts("5030")),
        row("An allocation of ours that fails ends in words, without a crash "
            "or a leak",
            ("tests/fault/oom.py", counted(
                "oom", "{points} failures in {commands} commands under ASan, "
                "UBSan, LSan; seed {seed}"))),
    ],
    "Rot": [
        row("A bit that turned in a blob, result, manifest or derived form is "
            "served to nobody, laid aside, and made anew",
            ("tests/fault/flip.py", counted(
                "flip", "{flips} flips: {blob} in blobs (manifests and logs "
                "are blobs), {result} in results, {derived} in derived forms; "
                "seed {seed}")),
            scripts("5010")),
        row("A run database that is noise, short, empty or gone is found out "
            "and made anew from refs and store",
            ("tests/fault/flip.py", counted("flip", "{database} databases")),
            scripts("3270")),
        row("gc takes nothing that a run names, and nothing for an error",
            scripts("5000", "5040", "3280")),
    ],
    "Time and order": [
        row("The clock may jump by ten years either way: no key, order or "
            "expiry of what is named changes, and nobody waits for a date of "
            "the wrong clock", scripts("8030")),
        row("A stopped runner keeps its repository; a zombie's result is "
            "nobody's; two dispatchers execute a node once", scripts("8040")),
        row("Production's moves are compare and swap", scripts("7120")),
    ],
    "Poison": [
        row("Production takes no result of a lower tier, none replayed under "
            "another key, none of a raised epoch, and no branch can change a "
            "result that production reads", scripts("8050")),
        row("Bad CSV is refused with line and column, without a value of it, "
            "never repaired; a tree of any depth, a blob and a field of any "
            "size, 100,000 nodes and 100,000 branches are bounded",
            scripts("8060", "8070", "8072", "8074", "5056", "3290", "3275")),
    ],
}

HEAD = """# Reliability

Written by `make reliability` from what the tests counted (`build/facts`);
nothing in the tables is typed. `make fault QUICK=1` is the form that continuous
integration runs, `make fault` the long one. `SEED=N` repeats a row, and a
failure prints the words that repeat its point alone.

How it is tested: every call of ours that changes something outside of the
process goes through one seam, `cache/base/os.h` (lint refuses others); what
SQLite, libgit2 and git call is met by a preloaded library
(`tests/e2e/kill_at.c`), which counts the calls of all processes together. The
ledger is the test's own memory: what a program acknowledged by its exit status
is looked for before anybody goes on. The oracle is the state that the same
scenario reaches when nobody disturbs it.
"""

THREATS = """
## Threats

Who may do what, and what stands against it. Node code is the pusher's: whoever
may push runs code on the data, which is what the product is for.

| from | may try | what stands against it |
|---|---|---|
| who pushes | code that reads other jobs, the store, the host, the network | jobs run in a sandbox (`docs/INSTALL.md`) with their inputs alone; where it cannot be built they do not run, unless the server's owner set `sluice.sandbox none` |
| who pushes | results that production takes | keys, outputs and results are the control side's; tiers, digests, the epoch |
| who pushes | trees, names, CSV, requests made to break readers | libgit2 reads objects, every path component is checked, parsers are fuzzed, sizes are bounded |
| the pushed text | policy | none is read from a commit |
| the disk, the power, the kernel's out-of-memory killer | losing, tearing, turning bits | the tables above |
| the forge, and who is on the way to it | statuses that lie, answers that break, a token | it is told names, verdicts and masked counts; its answers are parsed as hostile; the token is in one file and one process |

**Not defended.** Root on the server, and whoever may write the store's files as
its owner with the digests made anew (tiers protect against desks' results, not
against the owner's own account). A kernel bug reached from inside a sandbox.
Side channels between jobs of one machine. A disk that says it synced and did
not. A file system without a journal, or network file systems whose `fsync` and
`rename` promise less than ext4's and XFS's. Blocks written in another order
than the journal's (power is cut here by copying what the file system had
written, not by reordering it). Who may read a table copying it by hand. Two
clusters' clocks: a `sluice store gc` under a clock that is ten years ahead
deletes what was laid aside before its grace is over (never what a run names).
Bits that turn in memory between the digest and the reader. Libraries that die of
a failed allocation: their process dies, its state is intact. A directory that
cannot be read to its end while git moves a push's objects out of quarantine: git
(2.39) takes the error for the end, loses them, and tells the push good; the run
then says what is missing.
"""


def main():
    text = [HEAD]
    for title, rows in ROWS.items():
        text.append("\n## %s\n\n| promise | test | counted |\n|---|---|---|\n"
                    % title + "\n".join(rows) + "\n")
    text.append(THREATS)
    with open(out, "w", encoding="utf-8") as f:
        f.write("".join(text))


main()
