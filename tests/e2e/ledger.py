#!/usr/bin/env python3
"""ledger.py: whether what was acknowledged was kept.

  ledger.py GITDIR LEDGER FORGE-LOG

LEDGER has a line "BRANCH COMMIT" for each push that git acknowledged, written
by who pushed. For each: the requests of the run database, the runs that refs
have, the statuses the forge took, in their order, and the note. Prints what
there was, or what does not hold, and ends with 1.
"""
import collections
import json
import sqlite3
import subprocess
import sys

git_dir, ledger, forge_log = sys.argv[1:]
wrong = []


def git(*words):
    return subprocess.run(["git", "--git-dir", git_dir, *words], check=True,
                          stdout=subprocess.PIPE).stdout.decode()


def read_runs():
    """branch: [(run, commit, outcome, manifest)] of refs/sluice/runs/."""
    runs = {}
    for ref in git("for-each-ref", "--format=%(refname)",
                   "refs/sluice/runs").split():
        branch = ref[len("refs/sluice/runs/"):]
        runs[branch] = []
        for run in git("rev-list", ref).split():
            fields = dict(line.split(": ", 1) for line in
                          git("log", "-1", "--format=%b", run).splitlines()
                          if ": " in line)
            runs[branch].append((run, fields["Commit"], fields["Outcome"],
                                 fields["Manifest"]))
    return runs


def read_requests():
    """(branch, commit): [(state, outcome, run)]."""
    requests = collections.defaultdict(list)
    db = sqlite3.connect("file:%s/sluice/runner/run.db?mode=ro" % git_dir,
                         uri=True)
    for branch, commit, *rest in db.execute(
            "SELECT branch, commit_id, state, outcome, run FROM request"):
        requests[branch, commit].append(tuple(rest))
    tips = dict(db.execute("SELECT branch, commit_id FROM tip"))
    return requests, tips


def read_statuses():
    """commit: [(state, description)] of its run that the forge took, in order;
    what merging it would do has a context of its own."""
    told = collections.defaultdict(list)
    n = injected = 0
    for line in open(forge_log, encoding="utf-8"):
        r = json.loads(line)
        if r["method"] != "POST":
            continue
        n += 1
        injected += r["injected"]
        if r["accepted"] and r["body"]["context"] == "sluice/run":
            told[r["path"].rsplit("/", 1)[1]].append(
                (r["body"]["state"], r["body"].get("description", "")))
    return told, n, injected


def check(what, holds):
    if not holds:
        wrong.append(what)


pushes = [tuple(line.split()) for line in open(ledger, encoding="utf-8")]
times = collections.Counter(pushes)
of_commit = collections.Counter(commit for _, commit in pushes)
runs = read_runs()
requests, tips = read_requests()
told, n_posts, n_injected = read_statuses()
notes = [line.split()[1] for line in git("notes", "--ref=sluice",
                                         "list").splitlines()]
n_done = n_superseded = 0

for (branch, commit), n in sorted(times.items()):
    name = "%s %.12s" % (branch, commit)
    mine = requests.get((branch, commit), [])
    done = [r for r in mine if r[0] == "done"]
    published = [r for r in runs.get(branch, []) if r[1] == commit]
    n_done += bool(done)
    n_superseded += not done
    check("%s: no request" % name, mine)
    check("%s: %s" % (name, mine),
          all(r[0] in ("done", "superseded") for r in mine))
    check("%s: not well: %s" % (name, done),
          all(r[1] == "success" for r in done))
    check("%s: %d results of %d pushes" % (name, len(done), n),
          len(done) <= n)
    check("%s: runs of the database %s, of the refs %s"
          % (name, done, published),
          {r[2] for r in done} == {r[0] for r in published})
    check("%s: %d runs of %d requests" % (name, len(published), len(done)),
          len(published) <= len(done))
    check("%s: results differ" % name,
          len({r[3] for r in published}) <= 1)

for commit, n in sorted(of_commit.items()):
    is_done = any(r[0] == "done" for (_, c), rs in requests.items()
                  if c == commit for r in rs)
    states = told.get(commit, [])
    ends = [s for s in states if s[0] != "pending"]
    name = "%.12s: the forge has %s" % (commit, states)
    check(name, ends and states[-1][0] != "pending")
    if ends:
        wanted = "success" if is_done else "error"
        check(name + ", wanted " + wanted, ends[-1][0] == wanted)
        check(name, is_done or ends[-1][1].startswith("superseded by "))
    # one that was a tip once has one end; told twice it is the same one
    check(name, n > 1 or len({e[0] for e in ends}) <= 1)
    check("%.12s: %d notes" % (commit, notes.count(commit)),
          notes.count(commit) == (1 if is_done else 0))

heads = dict(reversed(line.split()) for line in git(
    "for-each-ref", "--format=%(objectname) %(refname:lstrip=2)",
    "refs/heads").splitlines())
check("tips %s, refs %s" % (tips, heads), tips == heads)
served = git("for-each-ref", "--format=%(subject)", "refs/sluice/production")
check("production serves '%s'" % served.strip(),
      served.startswith("run %s of" % runs["main"][0][0]))

for line in wrong[:20]:
    print("does not hold: " + line)
print("%d pushes, %d tips of %d branches: %d with a result, %d superseded; "
      "%d requests to the forge, %d of them failed; %d packs"
      % (len(pushes), len(times), len(heads), n_done, n_superseded, n_posts,
         n_injected,
         int(git("count-objects", "-v").split("packs: ")[1].split()[0])))
sys.exit(1 if wrong else 0)
