#!/usr/bin/env python3
"""tutorial.py FILE.md: does what the tutorial says, as a reader would, and
compares what the terminal shows with what it says it shows.

A fenced block "sh" is typed line by line into one interactive shell on a
terminal of 80 columns; every line must end with 0, of "sh fails" the last one
with something else. A block with a path behind its language is a file, which
is written, and which the paragraph above names. A block "text" is what the
commands of the block before have shown: "..." stands for any lines, or within
a line for any text; ids, dates and times are made equal first. Two things a
reader waits for without being told: the beginning and the end of a runner, and
the end of what was pushed."""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

HOME = os.environ["HOME"]
SERVER = os.path.join(HOME, "server.git")
SOCKET = SERVER + "/sluice/runner/socket"
PROMPT = re.compile(rb"<ready (\d+)>")


def blocks(text):
    """(line, language, argument, body, paragraph above) of each fenced block."""
    pattern = re.compile(r"^```(\w+)(?: ([^\n]*))?\n(.*?)^```$", re.S | re.M)
    for m in pattern.finditer(text):
        above = text[:m.start()].rstrip().rsplit("\n\n", 1)[-1]
        yield text.count("\n", 0, m.start()) + 1, m[1], m[2] or "", m[3], above


class Shell:
    """A bash on a terminal, without line editing, so that nothing is shown
    but what commands print."""

    def __init__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["PS1"] = "<ready $?>"
            os.execvp("bash", ["bash", "--noprofile", "--norc", "--noediting", "-i"])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        flags = termios.tcgetattr(self.fd)
        flags[3] &= ~termios.ECHO
        termios.tcsetattr(self.fd, termios.TCSANOW, flags)
        self.wait()

    def wait(self):
        """What came before the next prompt, and the status in it."""
        seen = b""
        while not PROMPT.search(seen):
            if not select.select([self.fd], [], [], 600)[0]:
                sys.exit("tutorial: nothing more comes behind %r" % seen)
            seen += os.read(self.fd, 65536)
        m = PROMPT.search(seen)
        return seen[:m.start()].decode("utf-8", "replace"), int(m[1])

    def type(self, line):
        os.write(self.fd, line.encode() + b"\n")
        return self.wait()

    def end(self):
        os.kill(self.pid, signal.SIGHUP)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def wait_until(condition, what):
    end = time.monotonic() + 120
    while not condition():
        if time.monotonic() > end:
            sys.exit("tutorial: never came true: " + what)
        time.sleep(0.05)


def is_settled():
    done = subprocess.run(["sluice", "status", "--json"], cwd=SERVER,
                          capture_output=True, check=True)
    state = json.loads(done.stdout)
    return state["spooled"] == 0 and all(r["state"] == "done" for r in state["requests"])


def after(line):
    """What a reader sees come by itself."""
    if line.startswith("sluice runner"):
        wait_until(lambda: os.path.exists(SOCKET), "a runner")
    if line.startswith("kill"):
        wait_until(lambda: not os.path.exists(SOCKET), "the end of the runner")
    if line.startswith("git push"):
        wait_until(is_settled, "the end of the run")


def plain(text):
    """Lines as they stand on the screen at last, with what differs from
    reader to reader made equal."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        line = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line.split("\r")[-1]).rstrip()
        lines.append(line)
    text = "\n".join(lines).replace(HOME, "~")
    text = re.sub(r"\b[0-9a-f]{7,64}\b", "ID", text)
    text = re.sub(r"\b20\d\d-\d\d-\d\d(T[\d:]+Z)?", "DATE", text)
    return [x for x in re.sub(r"\b\d+ (ms|s)\b", "TIME", text).split("\n") if x]


def as_pattern(wanted):
    parts = []
    for line in wanted:
        if line == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(r"[^\n]*?".join(re.escape(p) for p in line.split("...")) + r" *\n")
    return re.compile("".join(parts))


def compare(where, shown, body):
    got, wanted = plain(shown), plain(body)
    if not as_pattern(wanted).fullmatch("".join(line + "\n" for line in got)):
        sys.exit("%s: the terminal shows\n%s\nand not\n%s" % (
            where, "\n".join(got), "\n".join(wanted)))


def main(path):
    text = open(path, encoding="utf-8").read()
    shell, shown, n, files = Shell(), "", 0, 0
    try:
        for line_of, language, argument, body, above in blocks(text):
            where = "%s:%d" % (path, line_of)
            if language == "sh":
                shown, lines = "", body.splitlines()
                for i, line in enumerate(lines):
                    out, status = shell.type(line)
                    shown += out
                    n += 1
                    fails = argument == "fails" and i == len(lines) - 1
                    if (status != 0) != fails:
                        sys.exit("%s: %s: status %d\n%s" % (where, line, status, out))
                    after(line)
            elif argument and "`%s`" % argument not in above:
                sys.exit("%s: a reader does not see that this is %s" % (where, argument))
            elif argument:
                cwd = os.readlink("/proc/%d/cwd" % shell.pid)
                name = os.path.join(cwd, argument)
                os.makedirs(os.path.dirname(name), exist_ok=True)
                with open(name, "w", encoding="utf-8") as f:
                    f.write(body)
                files += 1
            else:
                compare(where, shown, body)
    finally:
        shell.end()
    prose = re.sub(r"<!--.*?-->", "", text, flags=re.S)
    words = len(re.findall(r"[^\s|`#*-]+", re.sub(r"^```.*?^```$", "", prose, flags=re.S | re.M)))
    print("words %d commands %d files %d" % (words, n, files))


main(sys.argv[1])
