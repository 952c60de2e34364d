#!/usr/bin/env python3
"""time.py PAIRS NAME=COMMAND...: runs the commands in turn, PAIRS times over
(A B C A B C ...), after one warm-up of each, and prints the median of each in
milliseconds and the median of the ratios to the last one, pair by pair. The
same command moves by a factor of two on a shared machine: the ratio counts."""
import statistics
import subprocess
import sys
import time

pairs, commands = int(sys.argv[1]), [a.split("=", 1) for a in sys.argv[2:]]
times = {name: [] for name, _ in commands}
for turn in range(pairs + 1):
    for name, command in commands:
        start = time.perf_counter()
        done = subprocess.run(["sh", "-c", command], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE)
        spent = (time.perf_counter() - start) * 1000
        if done.returncode != 0:
            sys.exit("%s failed: %s" % (name, done.stderr.decode()[-400:]))
        if turn:
            times[name].append(spent)
peer = commands[-1][0]
for name, _ in commands:
    ratio = statistics.median(a / b for a, b in zip(times[name], times[peer]))
    print("| %-28s | %9.1f | %7.2f |" % (name, statistics.median(times[name]), ratio))
