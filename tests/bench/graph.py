#!/usr/bin/env python3
"""graph.py N DIR [SHAPE [TOOL...]]: one random graph several times over: a
sluice pipeline (DIR/sluice, SQL nodes over a small table), and for each TOOL
(ninja with make, tup, bazel, snakemake) a directory DIR/TOOL that it builds.
Fan-in about 3, seed 1. DIR/edits.json names for 4, 5 and 331 the node that
has as many nodes below it, or next to as many: [NUMBER, PATH, BELOW].
ninja and make copy a node's own source, the least work there is; the others,
which stop where a result is as before, sum up numbers, as the SQL does: the
second word of its source and of all inputs.
SHAPE:
plain      layers of nodes, a file each
described  the same, each with a key, columns, tests and words
mounted    a library of 50 nodes, mounted N/50 times"""
import json
import os
import random
import sys

LIBRARY = 50
BELOW = (4, 5, 331)
SUM = '{ s = (s * 31 + $2) % 1000003 } END { print "sum", s }\n'
DESCRIBED = """-- @doc Node %d of the graph.
-- @owner data@example.org
-- @key id
-- @column id integer "which"
-- @column v integer mg "how much"
-- @test not_null(id)
-- @test range(v, 0, 1000002)
-- @warn rows(1, 1000)
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def node(i, depends, head=""):
    """The SQL of a node that reads what these directives name; where one of
    them has other values, so has it."""
    text = "-- @include action/sql/sqlite\n" + head
    for k, path in enumerate(depends):
        text += "-- @depend %s as i%d\n" % (path, k)
    if not depends:
        return text + "-- @depend /base\nSELECT id, v + %d AS v FROM base\n" % i
    joins = "".join(" JOIN i%d USING (id)" % k for k in range(1, len(depends)))
    total = " + ".join("i%d.v" % k for k in range(len(depends)))
    return text + "SELECT i0.id, (%s + %d) %% 1000003 AS v FROM i0%s\n" % (
        total, i, joins)


def some_of(low, high):
    return sorted(random.sample(range(low, high), min(3, high - low))) if high > low else []


def layers(n, pipe, shape):
    """The inputs of each node, and its name; its file is written."""
    width = max(4, int(n ** 0.5))
    names, inputs = [], []
    for i in range(n):
        layer = i // width
        inputs.append(some_of(max(0, (layer - 1) * width), layer * width))
        names.append("l%03d/n%06d" % (layer % 100, i))
        write(os.path.join(pipe, names[i] + ".sql"),
              node(i, ["/" + names[j] for j in inputs[i]],
                   DESCRIBED % i if shape == "described" else ""))
    return names, inputs


def mounts(n, pipe):
    write(os.path.join(pipe, "lib/library"), "@abstract\n@param clinic\n")
    own = [some_of(max(0, i - 8), i) for i in range(LIBRARY)]
    for i, ins in enumerate(own):
        write(os.path.join(pipe, "lib/n%02d.sql" % i), node(i, ["./n%02d" % j for j in ins]))
    for c in range(n // LIBRARY):
        write(os.path.join(pipe, "c%04d/lib" % c), "@include /lib clinic=c%d\n" % c)
    return [[c * LIBRARY + j for j in ins] for c in range(n // LIBRARY) for ins in own]


def edits(names, inputs):
    """For each of BELOW the node nearest to it; the last of several."""
    readers = [[] for _ in inputs]
    for i, ins in enumerate(inputs):
        for j in ins:
            readers[j].append(i)
    best = {}
    for i in range(len(inputs) - 1, -1, -1):
        below, todo = set(), [i]
        while todo and len(below) <= 2 * max(BELOW):
            new = [r for r in readers[todo.pop()] if r not in below]
            below.update(new)
            todo += new
        for want in BELOW:
            if want not in best or abs(len(below) - want) < abs(best[want][2] - want):
                best[want] = [i, names[i], len(below)]
        if all(best[want][2] == want for want in BELOW):
            break
    return best


def for_ninja(out, inputs):
    ninja = ["rule copy", "  command = cp $first $out"]
    make = ["all:"]
    for i, needs in enumerate(inputs):
        needs = ["src/%d" % i] + needs
        ninja += ["build out/%d: copy %s" % (i, " ".join(needs)), "  first = src/%d" % i]
        make += ["all: out/%d" % i, "out/%d: %s" % (i, " ".join(needs)), "\tcp src/%d $@" % i]
    write(out + "/build.ninja", "\n".join(ninja) + "\n")
    write(out + "/Makefile", "\n".join(make) + "\n")
    write(out + "/.gitignore", "/out/\n/.ninja_*\n")


def for_tup(out, inputs):
    write(out + "/Tupfile", "".join(
        ": src/%d %s |> awk -f sum.awk %%f > %%o |> out/%d\n" % (i, " ".join(needs), i)
        for i, needs in enumerate(inputs)))
    write(out + "/sum.awk", SUM)


def for_bazel(out, inputs):
    write(out + "/WORKSPACE", "")
    write(out + "/BUILD", "".join(
        'genrule(name = "n%d", srcs = %s, outs = ["out/%d"], '
        'cmd = "awk -f $(SRCS) > $@")\n' % (i, json.dumps(["sum.awk", "src/%d" % i] + needs), i)
        for i, needs in enumerate(inputs)))
    write(out + "/sum.awk", SUM)


def for_snakemake(out, inputs):
    text = "rule all:\n  input: %s\n" % ", ".join('"out/%d"' % i for i in range(len(inputs)))
    for i, needs in enumerate(inputs):
        text += 'rule n%d:\n  input: %s\n  output: "out/%d"\n  shell: "%s"\n' % (
            i, ", ".join('"%s"' % x for x in ["src/%d" % i] + needs), i,
            "awk -f sum.awk {input} > {output}")
    write(out + "/Snakefile", text)
    write(out + "/sum.awk", SUM)


TOOLS = {"ninja": for_ninja, "tup": for_tup, "bazel": for_bazel, "snakemake": for_snakemake}


def main():
    n, out = int(sys.argv[1]), sys.argv[2]
    shape = sys.argv[3] if len(sys.argv) > 3 else "plain"
    random.seed(1)
    pipe = os.path.join(out, "sluice")
    write(os.path.join(pipe, "base.csv"),
          "id,v\n" + "".join("%d,%d\n" % (i, i * i) for i in range(20)))
    if shape == "mounted":
        inputs = mounts(n, pipe)
    else:
        names, inputs = layers(n, pipe, shape)
        write(out + "/edits.json", json.dumps(edits(names, inputs)))
    for tool in sys.argv[4:]:
        folder = os.path.join(out, tool)
        os.makedirs(folder + "/out")
        for i in range(len(inputs)):
            write(folder + "/src/%d" % i, "source %d\n" % i)
        TOOLS[tool](folder, [["out/%d" % j for j in ins] for ins in inputs])


main()
