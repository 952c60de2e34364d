#!/usr/bin/env python3
"""coverage.py DIR [FILE...]: lines and branches (taken at least once) of each
file, most untaken branches first, then of each layer and of all, and whether
what is promised holds (status 1 where it does not); of each FILE its lines that
did not run and its branches that were not taken, instead.

The counts are those of every process of the programs in DIR (counts.c). A file
that no test ran counts with all it has, and none is left out: without
optimisation each branch is one of the source, since C has no hidden ones. The
inline functions of our headers count, those of other people's do not.
"""
import argparse
import collections
import fnmatch
import glob
import json
import os
import subprocess
import sys

ALL_BRANCHES = 90
LINES, BRANCHES = 100, 97
NAMED = {
    "key": ["runner/jobspec.c", "runner/lang/recipe.c"],
    "store": ["cache/store*.c"],
    "CSV": ["cache/csv*.c", "cache/table_import*.c"],
    "queue": ["runner/queue*.c"],
    "outbox": ["reports/outbox*.c"],
    "egress": ["reports/egress*.c", "reports/outbound*.c",
               "reports/suppress*.c"],
}
OURS = ("cache/", "runner/", "reports/", "hooks/")


class Source:
    """What one file has and what of it ran."""

    def __init__(self):
        self.lines = collections.Counter()
        self.branches = collections.Counter()  # of (line, function, number)

    def add(self, line):
        n = line["line_number"]
        self.lines[n] += line["count"]
        for i, branch in enumerate(line["branches"]):
            key = n, line.get("function_name", ""), i
            self.branches[key] += branch["count"]


class Sum:
    def __init__(self, sources=()):
        self.lines = self.ran = self.branches = self.taken = 0
        for s in sources:
            self.lines += len(s.lines)
            self.ran += sum(n > 0 for n in s.lines.values())
            self.branches += len(s.branches)
            self.taken += sum(n > 0 for n in s.branches.values())

    def line_share(self):
        return 100 * self.ran / self.lines if self.lines else 100

    def branch_share(self):
        return 100 * self.taken / self.branches if self.branches else 100

    def __str__(self):
        return "%5.1f %% of %6d lines, %5.1f %% of %5d branches" % (
            self.line_share(), self.lines, self.branch_share(), self.branches)


def dump(directory):
    """Each program writes what its processes counted beside its objects."""
    for name in glob.glob(directory + "/**/*.gcda", recursive=True):
        os.unlink(name)
    programs = glob.glob(directory + "/sluice*") + \
        glob.glob(directory + "/tests/*/test_*")
    for name in programs:
        if not os.access(name, os.X_OK) or name.endswith(".o"):
            continue
        env = dict(os.environ, COUNTS_DUMP="1")
        if name.endswith(".so"):
            env["LD_PRELOAD"] = name
            name = "/bin/true"
        said = subprocess.run([name], env=env, check=True,
                              stderr=subprocess.PIPE).stderr.decode()
        if "profiling error" in said:  # it was built before its objects were
            sys.exit("%s: %s; make coverage begins anew" % (name, said))


def read(directory):
    """The sources by their names."""
    sources = collections.defaultdict(Source)
    notes = [n for layer in OURS for n in
             glob.glob(directory + "/" + layer + "**/*.gcno", recursive=True)]
    for name in notes:
        said = subprocess.run(
            ["gcov", "--json-format", "--stdout", "-b", "-o",
             os.path.dirname(name), name],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        for text in said.stdout.decode().splitlines():
            for f in json.loads(text)["files"]:
                if f["file"].startswith(OURS):
                    for line in f["lines"]:
                        sources[f["file"]].add(line)
    return sources


def tell_missed(name, source):
    text = open(name, encoding="utf-8").read().split("\n")
    untaken = collections.defaultdict(list)
    for (n, _, i), count in source.branches.items():
        if count == 0:
            untaken[n].append(str(i))
    for n in sorted(source.lines):
        if source.lines[n] == 0 or n in untaken:
            what = "did not run" if source.lines[n] == 0 else \
                "branch " + " ".join(untaken[n])
            print("%s:%d: %s: %s" % (name, n, what, text[n - 1].strip()))


def promise(words, holds, total):
    print("%-7s %-30s %s" % ("holds" if holds else "SHORT", words, total))
    return holds


def tell_all(sources):
    each = [(Sum([s]), name) for name, s in sources.items()]
    each.sort(key=lambda e: (e[0].taken - e[0].branches, e[1]))
    for total, name in each:
        print("%5d untaken, %5d not run  %s  %s" % (
            total.branches - total.taken, total.lines - total.ran, total, name))
    print()
    layers = collections.defaultdict(list)
    for name, s in sources.items():
        layers[os.path.dirname(name)].append(s)
    for name in sorted(layers):
        print("%-14s %s" % (name, Sum(layers[name])))
    print()
    total = Sum(sources.values())
    held = promise("all: %d %% of branches" % ALL_BRANCHES,
                   total.branch_share() >= ALL_BRANCHES, total)
    for what, patterns in NAMED.items():
        total = Sum(s for name, s in sources.items()
                    if any(fnmatch.fnmatch(name, p) for p in patterns))
        held &= promise("%s: %d %% and %d %%" % (what, LINES, BRANCHES),
                        total.ran == total.lines > 0 and
                        total.branch_share() >= BRANCHES, total)
    return held


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("file", nargs="*")
    a = parser.parse_args()
    dump(a.directory)
    sources = read(a.directory)
    if not a.file:
        return 0 if tell_all(sources) else 1
    for name in a.file:
        tell_missed(name, sources[name])
    return 0


if __name__ == "__main__":
    sys.exit(main())
