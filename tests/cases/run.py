#!/usr/bin/env python3
"""run.py SLUICE [NAME...]: checks each tests/cases/lang/NAME (README.md).

Every tree is a commit on a branch of its own in one bare repository, made by
one git fast-import; `sluice graph --at NAME --format json` says what it means.
A case that is no matter of git is then laid down as a plain directory, and as
a work tree, which have to mean the same to the byte. Prints a line and a diff for each case that
fails, and closes with "N passed, N failed".
"""
import concurrent.futures
import difflib
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lang")
SUBMODULE = "1234567890123456789012345678901234567890"


class Case:
    def __init__(self, name):
        self.name = name
        self.dir = os.path.join(HERE, name)
        self.root, self.date, self.submodules, self.args = "", None, [], []
        self.read_options()
        self.dag = self.read("dag.json")
        self.error = self.read("error")

    def read(self, part):
        path = os.path.join(self.dir, part)
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as f:
            return f.read()

    def read_options(self):
        for line in (self.read("options") or "").splitlines():
            word, _, value = line.partition(" ")
            if word == "--set":
                self.args += ["--set", value]
            elif word == "--root":
                self.root = value
            elif word == "--date":
                self.date = value
            elif word == "--submodule":
                self.submodules.append(value)
            else:
                sys.exit(f"{self.dir}/options: {line}?")

    def is_of_git(self):
        return bool(self.root or self.date or self.submodules)

    def files(self):
        """(path, mode, bytes) of each file and symbolic link of the tree."""
        top = os.path.join(self.dir, "tree")
        for where, dirs, names in os.walk(top):
            links = [d for d in dirs if os.path.islink(os.path.join(where, d))]
            for name in sorted(names + links):
                full = os.path.join(where, name)
                path = os.path.relpath(full, top)
                if os.path.islink(full):
                    yield path, "120000", os.readlink(full).encode()
                else:
                    with open(full, "rb") as f:
                        yield path, "100644", f.read()


def commit_stream(cases):
    """What git fast-import reads: a branch a case."""
    for case in cases:
        seconds = 1700000000
        if case.date:
            seconds = int(subprocess.check_output(
                ["date", "-u", "-d", case.date + " 12:00", "+%s"]))
        yield b"commit refs/heads/%s\n" % case.name.encode()
        yield b"committer T <t@example.org> %d +0000\ndata 0\n" % seconds
        for path, mode, data in case.files():
            yield b"M %s inline %s\n" % (mode.encode(), path.encode())
            yield b"data %d\n%s\n" % (len(data), data)
        for path in case.submodules:
            yield b"M 160000 %s %s\n" % (SUBMODULE.encode(), path.encode())
        yield b"\n"


def make_repository(path, cases, root):
    subprocess.run(["git", "init", "-q", "--bare", path], check=True)
    if root:
        subprocess.run(["git", "-C", path, "config", "sluice.root", root],
                       check=True)
    subprocess.run(["git", "-C", path, "fast-import", "--quiet"],
                   input=b"".join(commit_stream(cases)), check=True)


def make_work_tree(path):
    """The least that git takes for a repository."""
    for d in ("objects", "refs"):
        os.makedirs(os.path.join(path, ".git", d))
    with open(os.path.join(path, ".git", "HEAD"), "w", encoding="ascii") as f:
        f.write("ref: refs/heads/main\n")


def run(sluice, cwd, args):
    p = subprocess.run([sluice, "graph", "--format", "json"] + args, cwd=cwd,
                       capture_output=True, timeout=60, check=False)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def same(expected, actual):
    """Whether all that is expected is so: a member that is not mentioned may
    be anything, one that is null is not to be there."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return all(actual.get(k) is None if v is None else
                   k in actual and same(v, actual[k])
                   for k, v in expected.items())
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and \
            all(same(e, a) for e, a in zip(expected, actual))
    return type(expected) is type(actual) and expected == actual


def pick(expected, actual):
    """The part of actual that expected speaks of, for a short diff."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {k: pick(v, actual.get(k)) for k, v in expected.items()}
    if isinstance(expected, list) and isinstance(actual, list):
        if len(expected) == len(actual):
            return [pick(e, a) for e, a in zip(expected, actual)]
        return [a.get("path", a) if isinstance(a, dict) else a
                for a in actual]
    return actual


def diff(expected, actual):
    return list(difflib.unified_diff(expected, actual, "expected", "actual",
                                     lineterm="", n=1))


def pretty(value):
    return json.dumps(value, indent=1, sort_keys=True,
                      ensure_ascii=False).splitlines()


def maps_are_whole(expected, actual):
    """Inputs, helpers and parameters are said wholly or not at all."""
    return all(not isinstance(e.get(m), dict) or
               set(e[m]) == set(a.get(m) or {})
               for e, a in zip(expected["nodes"], actual["nodes"])
               for m in ("inputs", "helpers"))


def warnings_agree(expected, actual):
    """Messages are compared as those of errors are: a piece of them."""
    wanted, told = expected.get("warnings", []), actual.get("warnings", [])
    return len(wanted) == len(told) and all(
        [w["path"], w["line"], w["column"]] ==
        [t["path"], t["line"], t["column"]] and w["message"] in t["message"]
        for w, t in zip(wanted, told))


def check_dag(case, status, out, err):
    if status != 0:
        return ["exit %d, not 0" % status] + err.splitlines()
    expected, actual = json.loads(case.dag), json.loads(out)
    if not warnings_agree(expected, actual):
        return diff(pretty(expected.get("warnings", [])),
                    pretty(actual.get("warnings", [])))
    if same(expected["nodes"], actual["nodes"]) and \
            maps_are_whole(expected, actual):
        return []
    return diff(pretty(expected["nodes"]),
                pretty(pick(expected["nodes"], actual["nodes"]))) or \
        ["an input or a helper too many"] + pretty(actual)


def groups(text):
    """Errors, each with the lines of its chain; warnings are left out."""
    found = []
    for line in text.splitlines():
        if line.startswith("  "):
            if found:
                found[-1].append(line)
        else:
            found.append([line])
    return [g for g in found
            if ": warning: " not in g[0] and not g[0].startswith("warning: ")]


def line_agrees(expected, actual):
    """The same place, and the expected words within the message."""
    place, _, words = expected.partition(": ")
    there, _, message = actual.partition(": ")
    return place == there and words in message


def error_agrees(expected, actual):
    return line_agrees(expected[0], actual[0]) and \
        all(any(a.startswith(e) for a in actual[1:]) for e in expected[1:])


def check_error(case, status, out, err):
    expected, actual = groups(case.error), groups(err)
    if status == 3 and out == "" and len(expected) == len(actual) and \
            all(map(error_agrees, expected, actual)):
        return []
    return (["exit %d, not 3" % status] if status != 3 else []) + \
        diff(case.error.splitlines(), err.splitlines())


def check(sluice, case, repository, temporary):
    result = run(sluice, repository, ["--at", case.name] + case.args)
    problem = (check_dag if case.dag else check_error)(case, *result)
    if problem or case.is_of_git():
        return problem
    plain = os.path.join(temporary, "plain", case.name)
    shutil.copytree(os.path.join(case.dir, "tree"), plain, symlinks=True)
    for what in ("a plain directory", "a work tree"):
        if what == "a work tree":
            make_work_tree(plain)
        again = run(sluice, plain, case.args)
        if again != result:
            return [f"as {what}:"] + \
                diff((result[1] + result[2]).splitlines(),
                     (again[1] + again[2]).splitlines())
    return []


def main():
    sluice = os.path.abspath(sys.argv[1])
    names = [n.rstrip("/").split("/")[-1] for n in sys.argv[2:]]
    cases = [Case(n) for n in names or sorted(os.listdir(HERE))]
    lame = [c.name for c in cases if (c.dag is None) == (c.error is None)]
    if lame:
        sys.exit("either dag.json or error: " + ", ".join(lame))
    failed = 0
    with tempfile.TemporaryDirectory() as temporary, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        repositories = {}
        for root in sorted({c.root for c in cases}):
            path = os.path.join(temporary, "git%d" % len(repositories))
            make_repository(path, [c for c in cases if c.root == root], root)
            repositories[root] = path
        problems = pool.map(lambda c: check(sluice, c, repositories[c.root],
                                            temporary), cases)
        for case, problem in zip(cases, problems):
            if problem:
                failed += 1
                print("FAILED  tests/cases/lang/" + shlex.quote(case.name))
                print("\n".join("    " + line for line in problem))
    print("%d passed, %d failed" % (len(cases) - failed, failed))
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
