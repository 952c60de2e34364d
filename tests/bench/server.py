"""server.py: a bare repository with the hook and a resident runner, and pushes
of prepared commits, timed from the hook's start to its end.

The repository lies in memory (/dev/shm), where a sync costs nothing: what is
measured is the hook, the runner and git, not the disk. A push is real; git
itself tells how long its hook took (GIT_TRACE2_EVENT).
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from measure import Failed, run, wait_for

ZERO = "0" * 40
ANSWERED = re.compile(r"sluice: (\d+|none) of (\d+) nodes? affected")


class Server:
    def __init__(self, desk, store):
        """store: a directory, which the desk's runs have filled; or None."""
        self.desk = desk
        self.dir = tempfile.mkdtemp(prefix="sluice-bench.", dir="/dev/shm")
        self.bare = os.path.join(self.dir, "server.git")
        self.trace = os.path.join(self.dir, "trace")
        self.runner = None
        run("git", "clone", "-q", "--bare", desk, self.bare)
        run("sluice", "install", self.bare)
        if store:
            run("git", "config", "sluice.store", store, cwd=self.bare)

    def close(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def stop(self):
        if self.runner:
            self.runner.send_signal(signal.SIGTERM)
            self.runner.wait()
        self.runner = None

    def start(self, seconds):
        """Ready when it listens and all that is there has been run."""
        with open(os.path.join(self.dir, "log"), "ab") as log:
            self.runner = subprocess.Popen(["sluice", "runner", self.bare], stderr=log)
        wait_for(lambda: os.path.exists(self.socket()), 60, "the runner listens")
        wait_for(lambda: self.has_run("main"), seconds, "main was run")

    def socket(self):
        return os.path.join(self.bare, "sluice/runner/socket")

    def has_run(self, branch):
        """Whether the newest run of a branch is there, and all went well."""
        if self.runner.poll() is not None:
            raise Failed("the runner has ended")
        told = subprocess.run(["git", "log", "-1", "--format=%s", "refs/sluice/runs/" + branch],
                              cwd=self.bare, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              check=False).stdout.decode()
        if told and not told.startswith("success:"):
            raise Failed("a run: " + told)
        return bool(told)

    def peak_mib(self):
        """Of the runner since it began."""
        with open("/proc/%d/status" % self.runner.pid, encoding="ascii") as f:
            return int(re.search(r"VmHWM:\s*(\d+)", f.read()).group(1)) / 1024

    def push(self, commit, branch):
        """(ms of the hook, nodes affected or None where it was not answered
        in the time that the hook has)."""
        if os.path.exists(self.trace):
            os.remove(self.trace)
        text = run("git", "push", "-q", self.bare, "%s:refs/heads/%s" % (commit, branch),
                   cwd=self.desk, env=dict(os.environ, GIT_TRACE2_EVENT=self.trace))
        with open(self.trace, encoding="utf-8") as f:
            events = [json.loads(line) for line in f]
        hooks = {(e["sid"], e["child_id"]) for e in events
                 if e["event"] == "child_start" and e.get("hook_name") == "post-receive"}
        took = [e["t_rel"] * 1000 for e in events if e["event"] == "child_exit"
                and (e["sid"], e["child_id"]) in hooks]
        if len(took) != 1:
            raise Failed("git tells of %d hooks" % len(took))
        return took[0], affected(text)

    def ask(self, commit, branch):
        """(ms, nodes affected): what the hook asks, without its limit of time;
        for a runner that is slower than that."""
        question = "sluice-push/1 -\n%s %s refs/heads/%s\n" % (ZERO, commit, branch)
        start = time.perf_counter()
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.socket())
            s.sendall(question.encode())
            s.shutdown(socket.SHUT_WR)
            text = b"".join(iter(lambda: s.recv(4096), b"")).decode()
        return (time.perf_counter() - start) * 1000, affected(text)


def affected(text):
    told = ANSWERED.search(text)
    return told and (0 if told.group(1) == "none" else int(told.group(1)))
