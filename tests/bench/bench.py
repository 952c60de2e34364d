#!/usr/bin/env python3
"""bench.py [--quick] [GROUP...]: how fast, as ratios to peers that are
measured in the same run, in turn. No GROUP: all. Prints a table for each, and
keeps it in build/bench; docs/BENCHMARKS.md is made of what is kept there of
runs that were not quick.

Needs the programs in build/, and what peers.sh installs; a peer that is
absent is said to be, and its rows are left out."""
import argparse
import os
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import document  # noqa: E402
from measure import Bench, Failed  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))


def environment(work):
    """No configuration of the machine's, our programs first."""
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        del os.environ[name]
    os.environ.update({
        "PATH": TOP + "/build:" + os.environ["PATH"], "HOME": work + "/home",
        "LC_ALL": "C.UTF-8", "TZ": "UTC", "GIT_CONFIG_NOSYSTEM": "1", "USER": "bench",
        "GIT_AUTHOR_NAME": "bench", "GIT_AUTHOR_EMAIL": "bench@example.org",
        "GIT_COMMITTER_NAME": "bench", "GIT_COMMITTER_EMAIL": "bench@example.org"})
    os.mkdir(work + "/home")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, few turns")
    parser.add_argument("--most", type=int, default=100000, help="nodes of the largest graph")
    parser.add_argument("group", nargs="*", help=" ".join(document.GROUPS))
    args = parser.parse_args()
    for name in args.group:
        if name not in document.GROUPS:
            sys.exit("bench: no group %s; there are %s" % (name, " ".join(document.GROUPS)))
    work = tempfile.mkdtemp(prefix="sluice-bench.")
    kept = os.path.join(TOP, "build", "bench")
    os.makedirs(kept, exist_ok=True)
    failed = []
    try:
        environment(work)
        bench = Bench(work, args.quick, args.most, os.path.join(TOP, "build/duckdb/libduckdb.so"))
        document.tell_absent(bench.library)
        for name in args.group or list(document.GROUPS):
            group = document.GROUPS[name]
            start, load = time.monotonic(), os.getloadavg()[0]
            print("\n## %s: %s\n\n%s" % (name, group.title, document.HEAD), flush=True)
            bench.rows, bench.remarks = [], []
            try:
                group.measure(bench)
            except Failed as why:
                print("bench: %s: %s" % (name, why), file=sys.stderr, flush=True)
                failed.append(name)
                continue
            print("\n(%d s)" % (time.monotonic() - start), flush=True)
            if not args.quick:
                document.keep(kept, name, bench, load)
                document.write(kept, os.path.join(TOP, "docs", "BENCHMARKS.md"))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if failed:
        sys.exit("bench: not measured: " + " ".join(failed))


main()
