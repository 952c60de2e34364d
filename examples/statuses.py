#!/usr/bin/env python3
"""statuses.py LOG COMMIT [--final [CONTEXT...]] | LOG --comment: what the demo's
forge took. The newest status of each context of a commit, a line each; with
--final exit 0 where those named (none: all there are) have come to their end.
--comment: the newest text of a comment on a pull request, exit 1 where there is
none."""
import json
import sys

ORDER = ["sluice/run", "sluice/tests", "sluice/data", "sluice/promote"]


def requests(log):
    """(path, body) of what was taken, oldest first."""
    with open(log, encoding="utf-8") as f:
        for line in f:
            r = json.loads(line)
            if r["method"] in ("POST", "PATCH", "PUT") and r["accepted"]:
                body = r["body"]
                yield r["path"], json.loads(body) if isinstance(body, str) else body


log, what = sys.argv[1:3]
if what == "--comment":
    texts = [b["body"] for path, b in requests(log) if isinstance(b, dict) and isinstance(b.get("body"), str)]
    print(texts[-1] if texts else "")
    sys.exit(0 if texts else 1)
newest = {}
for path, body in requests(log):
    if path.endswith(what) and "state" in body:
        newest[body["context"]] = body
if "--final" in sys.argv:
    wanted = sys.argv[4:] or list(newest) or ["sluice/run"]
    sys.exit(0 if all(newest.get(c, {}).get("state", "pending") != "pending" for c in wanted) else 1)
for context in sorted(newest, key=lambda c: (ORDER + [c]).index(c)):
    b = newest[context]
    print("%-8s %s: %s" % (b["state"], context, b.get("description", "")))
    if b.get("target_url"):
        print("         %s" % b["target_url"])
