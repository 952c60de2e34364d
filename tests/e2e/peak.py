#!/usr/bin/env python3
"""peak.py FILE COMMAND...: runs it, adds the most memory that it, or a process
that it waited for, had at once (KiB) to the file, and ends as it did."""
import os
import sys

pid = os.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, used = os.wait4(pid, 0)
with open(sys.argv[1], "a") as f:
    f.write("%d\n" % used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
