#!/usr/bin/env python3
"""typed.py SHELL...: types the lines of standard input at an interactive
shell on a terminal of its own, each when the prompt "ready> " is there. In a
line \\t is the key TAB. What the terminal shows goes to standard output."""
import os
import pty
import select
import sys

PROMPT = b"ready> "


def wait_for_prompt(fd, seen):
    """What came, up to and with the next prompt."""
    while PROMPT not in seen:
        if not select.select([fd], [], [], 60)[0]:
            sys.exit("typed: no prompt; the terminal shows %r" % seen)
        try:
            more = os.read(fd, 65536)
        except OSError:
            more = b""
        if not more:
            sys.exit("typed: the shell ended; the terminal shows %r" % seen)
        sys.stdout.buffer.write(more)
        seen += more
    return seen.split(PROMPT, 1)[1]


lines = sys.stdin.read().splitlines()
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
rest = wait_for_prompt(fd, b"")
for line in lines:
    os.write(fd, line.replace("\\t", "\t").encode() + b"\n")
    # The line itself is shown behind the prompt that was waited for, and by
    # a shell that lists candidates, behind new prompts: wait for its output.
    rest = wait_for_prompt(fd, rest)
os.close(fd)
os.waitpid(pid, 0)
