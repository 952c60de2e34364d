#!/usr/bin/env python3
"""graph.py N DIR: one layered random graph three times over: a sluice
pipeline (DIR/sluice, SQL nodes over a small table), a ninja file and a
makefile (DIR/files; a node copies its first input). Fan-in about 3, seed 1."""
import os
import random
import sys

n, out = int(sys.argv[1]), sys.argv[2]
random.seed(1)
width = max(4, int(n ** 0.5))
pipe, files = os.path.join(out, "sluice"), os.path.join(out, "files")
os.makedirs(pipe)
os.makedirs(os.path.join(files, "src"))
os.makedirs(os.path.join(files, "out"))
ninja = ["rule copy", "  command = cp $first $out"]
make = ["all:"]
names, inputs = [], []
for i in range(n):
    layer = i // width
    folder = os.path.join(pipe, "l%03d" % (layer % 100))
    os.makedirs(folder, exist_ok=True)
    name = "l%03d/n%06d" % (layer % 100, i)
    low, high = max(0, (layer - 1) * width), layer * width
    ins = sorted(random.sample(range(low, high), min(3, high - low))) if high > low else []
    names.append(name)
    inputs.append(ins)
    with open(os.path.join(pipe, name + ".sql"), "w") as f:
        f.write("-- @include action/sql/sqlite\n")
        for k, j in enumerate(ins):
            f.write("-- @depend /%s as i%d\n" % (names[j], k))
        if ins:
            f.write("SELECT i0.id, i0.v + %d AS v FROM i0" % (i % 7))
            for k in range(1, len(ins)):
                f.write(" JOIN i%d USING (id)" % k)
            f.write("\n")
        else:
            f.write("-- @depend /base\nSELECT id, v + %d AS v FROM base\n" % (i % 7))
    with open(os.path.join(files, "src", str(i)), "w") as f:
        f.write("source %d\n" % i)
    needs = ["src/%d" % i] + ["out/%d" % j for j in ins]
    ninja += ["build out/%d: copy %s" % (i, " ".join(needs)), "  first = src/%d" % i]
    make += ["all: out/%d" % i, "out/%d: %s" % (i, " ".join(needs)), "\tcp src/%d $@" % i]
with open(os.path.join(pipe, "base.csv"), "w") as f:
    f.write("id,v\n" + "".join("%d,%d\n" % (i, i * i) for i in range(20)))
with open(os.path.join(files, "build.ninja"), "w") as f:
    f.write("\n".join(ninja) + "\n")
with open(os.path.join(files, "Makefile"), "w") as f:
    f.write("\n".join(make) + "\n")
