#!/usr/bin/env python3
"""statuses.py LOG COMMIT [--final]: the statuses that the demo's forge took for
a commit, a line each; with --final: exit 0 where the last of them is final."""
import json
import sys

rows = []
with open(sys.argv[1], encoding="utf-8") as log:
    for line in log:
        r = json.loads(line)
        if r["method"] != "POST" or not r["accepted"] or not r["path"].endswith(sys.argv[2]):
            continue
        body = r["body"]
        rows.append(json.loads(body) if isinstance(body, str) else body)
if "--final" in sys.argv:
    sys.exit(0 if rows and rows[-1]["state"] != "pending" else 1)
for b in rows:
    print("%-8s %s: %s" % (b["state"], b["context"], b.get("description", "")))
    if b.get("target_url"):
        print("         %s" % b["target_url"])
