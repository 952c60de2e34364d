#!/usr/bin/env python3
"""graph.py N DIR [SHAPE]: one random graph three times over: a sluice pipeline
(DIR/sluice, SQL nodes over a small table), a ninja file and a makefile
(DIR/files; a node copies its first input). Fan-in about 3, seed 1. SHAPE:
plain      layers of nodes, a file each
described  the same, each with a key, columns, tests and words
mounted    a library of 50 nodes, mounted N/50 times"""
import os
import random
import sys

LIBRARY = 50
DESCRIBED = """-- @doc Node %d of the graph.
-- @owner data@example.org
-- @key id
-- @column id integer "which"
-- @column v integer mg "how much"
-- @test not_null(id)
-- @test range(v, 0, 1000000)
-- @warn rows(1, 1000)
"""
n, out = int(sys.argv[1]), sys.argv[2]
shape = sys.argv[3] if len(sys.argv) > 3 else "plain"
random.seed(1)
pipe, files = os.path.join(out, "sluice"), os.path.join(out, "files")


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)


def node(i, depends, head=""):
    """The SQL of a node that reads what these directives name."""
    text = "-- @include action/sql/sqlite\n" + head
    for k, path in enumerate(depends):
        text += "-- @depend %s as i%d\n" % (path, k)
    if not depends:
        return text + "-- @depend /base\nSELECT id, v + %d AS v FROM base\n" % (i % 7)
    joins = "".join(" JOIN i%d USING (id)" % k for k in range(1, len(depends)))
    return text + "SELECT i0.id, i0.v + %d AS v FROM i0%s\n" % (i % 7, joins)


def some_of(low, high):
    return sorted(random.sample(range(low, high), min(3, high - low))) if high > low else []


def layers():
    """The inputs of each node; its file is written."""
    width = max(4, int(n ** 0.5))
    names, inputs = [], []
    for i in range(n):
        layer = i // width
        inputs.append(some_of(max(0, (layer - 1) * width), layer * width))
        names.append("l%03d/n%06d" % (layer % 100, i))
        write(os.path.join(pipe, names[i] + ".sql"),
              node(i, ["/" + names[j] for j in inputs[i]],
                   DESCRIBED % i if shape == "described" else ""))
    return inputs


def mounts():
    write(os.path.join(pipe, "lib/library"), "@abstract\n@param clinic\n")
    own = [some_of(max(0, i - 8), i) for i in range(LIBRARY)]
    for i, ins in enumerate(own):
        write(os.path.join(pipe, "lib/n%02d.sql" % i), node(i, ["./n%02d" % j for j in ins]))
    for c in range(n // LIBRARY):
        write(os.path.join(pipe, "c%04d/lib" % c), "@include /lib clinic=c%d\n" % c)
    return [[c * LIBRARY + j for j in ins] for c in range(n // LIBRARY) for ins in own]


inputs = mounts() if shape == "mounted" else layers()
write(os.path.join(pipe, "base.csv"), "id,v\n" + "".join("%d,%d\n" % (i, i * i) for i in range(20)))
ninja = ["rule copy", "  command = cp $first $out"]
make = ["all:"]
os.makedirs(os.path.join(files, "out"))
for i, ins in enumerate(inputs):
    write(os.path.join(files, "src", str(i)), "source %d\n" % i)
    needs = ["src/%d" % i] + ["out/%d" % j for j in ins]
    ninja += ["build out/%d: copy %s" % (i, " ".join(needs)), "  first = src/%d" % i]
    make += ["all: out/%d" % i, "out/%d: %s" % (i, " ".join(needs)), "\tcp src/%d $@" % i]
write(os.path.join(files, "build.ninja"), "\n".join(ninja) + "\n")
write(os.path.join(files, "Makefile"), "\n".join(make) + "\n")
