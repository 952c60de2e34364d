#!/usr/bin/python3
"""forge.py: a forge for tests: commit statuses, and comments on pull requests,
as three forges have them.

  forge.py --log FILE [--type github|gitlab|gitea] [--token TOKEN]
           [--token-file FILE] [--repo GITDIR] [--script FILE] [--every N]
           [--port N] [--tls PEM] [--pulls FILE] [--other TOKEN] [--raw FILE]

Prints its port as the first line of stdout once it listens (127.0.0.1), then
serves until it is killed. R is /repos/OWNER/REPO, for gitea /api/v1/repos/
OWNER/REPO, for gitlab /api/v4/projects/ID (a number, or an encoded path):

  POST R/statuses/SHA                     201, or why not
  GET  R/commits/SHA/statuses             in pages (github, gitea)
  GET  R/statuses/SHA                     the same
  GET  R/commits/SHA/status               the newest of each context
  GET  R/commits/SHA                      (github)
  GET  R/repository/commits/SHA/statuses  in pages (gitlab)
  pull requests and comments              forge_comments.py; --pulls names them,
                                          --other is another account's token

Requests and answers are held to the interface's description (tests/data/forge;
forge_description.py), requests also to what it does not say: 40 digits,
Content-Type, User-Agent, the token's header (any, or --token's, or that of
--token-file, where it stands from its end to its beginning), UTF-8, an http(s) target_url, and the limits and state machines of forge_types.py. An
answer of ours that is not as described is a fault: it is 500, and is logged.
With --repo a commit that is not in that repository is answered as the forge
does.

--raw is a file for every byte that is received, as it comes. Each request is
one JSON line of --log, written before it is answered:
  {"n","at","method","path","answer","accepted","injected","token","agent",
   "body","fault","limited"}
token tells whether one was sent, never which; limited, that it was one too
many for the forge's limit of requests.

--script names a file that injects trouble. A POST takes its first line away
(one that begins with "always " stays), and so does a GET where that line
begins with "get "; no file, or an empty one, is fine:
  CODE [OPTION...] [says=WORDS...]   that answer
       taken                         the status is taken all the same
       retry-after=2, retry-after=date+2   seconds, or a moment
       remaining=0 reset=2           a limit that ends in so many seconds
       body=html|text|empty|cut|stall|huge|entry   instead of {"message"}:
            half of it and the end, half of it and silence, 100 MB, or what
            the forge answers
  reset        closes the connection without an answer
  lost         takes the status, then closes without an answer
  slow 2       waits seconds, then goes on as usual
--every N: each Nth request of sluice's own (by its User-Agent; a client that
reads back is left alone) meets one of TURNS; a GET is not told 404, which would
say that the token may not read, and what was asked is told once more.
"""
import argparse
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from forge_comments import Comments, find
from forge_description import Description
from forge_types import INTERFACES, Refusal

HERE = os.path.dirname(os.path.abspath(__file__))
TURNS = ("500", "lost", "429 retry-after=1", "reset", "409", "502 body=html",
         "503 retry-after=1", "404 says=Not Found")
HUGE = 100 * 1024 * 1024


class Forge:
    def __init__(self, args):
        self.args = args
        self.lock = threading.Lock()
        self.interface = INTERFACES[args.type]()
        self.described = Description(os.path.join(
            HERE, "..", "data", "forge", self.interface.description))
        self.statuses = {}  # (base, sha): newest last
        self.comments = Comments(args)
        self.busy = set()
        self.posted = {}  # of a repository: when
        self.n = self.n_turns = self.n_entries = 0

    def record(self, line):
        with self.lock:
            self.n += 1
            line.update(n=self.n, at=time.time())
            with open(self.args.log, "a", encoding="utf-8") as log:
                log.write(json.dumps(line, sort_keys=True) + "\n")

    def next_trouble(self, is_get, agent):
        """The words of the trouble that a request meets."""
        if not self.args.script:
            return self.turn(is_get) if agent.startswith("sluice/") else ""
        with self.lock:
            try:
                with open(self.args.script, encoding="utf-8") as f:
                    lines = [x.strip() for x in f if x.strip()]
            except FileNotFoundError:
                return ""
            if not lines or lines[0].startswith("get ") != is_get:
                return ""
            if lines[0].startswith("always "):
                return lines[0].removeprefix("always ")
            temp = self.args.script + ".tmp"
            with open(temp, "w", encoding="utf-8") as f:
                f.write("".join(x + "\n" for x in lines[1:]))
            os.replace(temp, self.args.script)
            return lines[0].removeprefix("get ")

    def turn(self, is_get):
        with self.lock:
            self.n_turns += 1
            n, every = self.n_turns, self.args.every
            if not every or n % every != 0:
                return ""
            trouble = TURNS[n // every % len(TURNS)]
            return "" if is_get and trouble.startswith("404") else trouble

    def has_commit(self, sha):
        return not self.args.repo or subprocess.run(
            ["git", "--git-dir", self.args.repo, "cat-file", "-e",
             sha + "^{commit}"], stderr=subprocess.DEVNULL,
            check=False).returncode == 0

    def count(self, base, who):
        """Refuses one request more than the forge allows. (It counts for an
        account; here each repository is of another one, too.)"""
        now = time.time()
        with self.lock:
            posted = self.posted.setdefault((base, who), [])
            for most, seconds in self.interface.most:
                if sum(x > now - seconds for x in posted) >= most:
                    raise self.interface.limited()
            posted.append(now)

    def enter(self, where):
        """One update of a commit at a time, where the forge has that."""
        with self.lock:
            if self.interface.one_at_a_time and where in self.busy:
                raise Refusal(409, "Another update to this commit status "
                              "is in progress")
            self.busy.add(where)

    def leave(self, where):
        with self.lock:
            self.busy.discard(where)

    def take(self, where, body, problems):
        if not self.has_commit(where[1]):
            raise self.interface.absent(where[1])
        self.interface.check(body, problems)
        with self.lock:
            have = self.statuses.setdefault(where, [])
            entry = self.interface.take(have, body, where[1])
            if "id" not in entry:
                self.n_entries += 1
                entry.update(id=self.n_entries, sha=where[1], at=time.time())
            return dict(entry)

    def comment(self, values, who, body, operation):
        self.interface.check_comment(body, operation.body_errors(body))
        with self.lock:
            return self.comments.write(values, who, body, operation,
                                       time.time())

    def shown(self, where):
        with self.lock:
            return [dict(x) for x in self.statuses.get(where, [])]


class Trouble:
    """A line of the script, or of TURNS."""

    def __init__(self, line):
        line, _, self.says = line.partition("says=")
        words = line.split()
        self.kind = words[0] if words else ""
        self.seconds = float(words[1]) if self.kind == "slow" else 0
        self.code = int(self.kind) if self.kind.isdigit() else 0
        self.is_taken = "taken" in words or self.kind == "lost"
        options = dict(x.split("=") for x in words if "=" in x)
        self.body = options.get("body", "json")
        self.headers = []
        after = options.get("retry-after")
        if after and after.startswith("date+"):
            after = formatdate(time.time() + int(after[5:]), usegmt=True)
        if after:
            self.headers.append(("Retry-After", after))
        if "remaining" in options:
            self.headers.append(("X-RateLimit-Remaining",
                                 options["remaining"]))
            self.headers.append(("X-RateLimit-Reset", str(
                int(time.time()) + int(options["reset"]))))
        if 300 <= self.code < 400:
            self.headers.append(("Location", "http://127.0.0.1:9/elsewhere"))
        if not self.says:
            self.says = "API rate limit exceeded" if self.headers and \
                self.code in (403, 429) else "injected %d" % self.code

    def data(self, entry):
        page = b"<html><body>We are back soon.</body></html>"
        return {"html": page, "text": b"Retry later\n", "empty": b"",
                "cut": b'{"message": "half of', "stall": b'{"message": "ha',
                "entry": json.dumps(entry).encode()}.get(
                    self.body, json.dumps({"message": self.says}).encode())


class Recorder:
    """A stream, and a copy of what was read of it."""

    def __init__(self, stream, copy):
        self.stream, self.copy = stream, copy

    def readline(self, *most):
        return self.keep(self.stream.readline(*most))

    def read(self, *n):
        return self.keep(self.stream.read(*n))

    def keep(self, data):
        with open(self.copy, "ab") as f:
            f.write(data)
        return data

    def __getattr__(self, name):
        return getattr(self.stream, name)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    forge = None

    def setup(self):
        super().setup()
        if self.forge.args.raw:
            self.rfile = Recorder(self.rfile, self.forge.args.raw)

    def log_message(self, *unused):
        pass

    def handle(self):
        try:
            super().handle()
        except ConnectionError:
            pass  # the other side died, which is what some tests are about

    def send(self, code, data, headers=(), kind=None):
        self.send_response(code)
        self.send_header("Content-Type", kind or self.forge.interface.kind)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def answer(self, code, body, headers=()):
        data = json.dumps(body).encode()
        self.send(code, data, [("Content-Length", str(len(data)))] +
                  list(headers))

    def reset(self):
        """Ends the connection with RST, as a dying machine does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
        self.wfile = open(os.devnull, "wb")
        self.rfile = open(os.devnull, "rb")

    def note(self, answer, body=None, **more):
        line = {"method": self.command, "path": self.path, "answer": answer,
                "body": body, "accepted": False, "injected": False,
                "fault": None, "limited": False,
                "token": bool(self.headers.get(self.forge.interface.header)),
                "agent": self.headers.get("User-Agent", "")}
        line.update(more)
        self.forge.record(line)

    def refuse(self, refusal, body=None):
        fault = self.operation and self.operation.answer_errors(
            refusal.code, refusal.body)
        self.note(refusal.code, body, fault=fault or None, limited=any(
            name == "Retry-After" for name, _ in refusal.headers))
        self.answer(refusal.code, refusal.body, refusal.headers)

    def give(self, code, answer, body=None, headers=()):
        """What the forge answers, itself held to the description."""
        fault = self.operation.answer_errors(code, answer)
        if fault:
            self.note(500, body, fault=fault)
            return self.answer(500, {"message": fault[0]})
        self.note(code, body, accepted=self.command != "GET")
        return self.answer(code, answer, headers)

    def find(self):
        """The operation of a request, its place, its query."""
        url = urlsplit(self.path)
        path, self.query = url.path, dict(parse_qsl(url.query))
        if self.command == "GET":
            for old, new in self.forge.interface.aliases:
                path = re.sub(old, new, path)
        self.operation, values = self.forge.described.find(
            self.command, path)
        if not self.operation:
            raise Refusal(404, "Not Found")
        self.kind, self.values = find(path)
        self.sha = values.get("sha") or values.get("ref")
        problems = self.operation.path_errors(values)
        if problems or (not self.kind and
                        not re.fullmatch("[0-9a-f]{40}", self.sha)):
            raise Refusal(404, "Not Found")
        self.base = "http://%s%s" % (
            self.headers.get("Host"), re.sub(
                r"/((repository/)?(statuses|commits)|issues|merge_requests|"
                r"pulls)(/.*)?$", "", path))
        return (self.base.split("/", 3)[3], self.sha)

    def check_headers(self):
        interface, token = self.forge.interface, self.forge.args.token
        m = re.match(interface.scheme,
                     self.headers.get(interface.header, ""))
        other = self.forge.args.other
        if not m or (token and m.group(1) not in (token, other)):
            raise interface.unauthorized()
        self.who = 2 if m.group(1) == other else 1
        if not self.headers.get("User-Agent"):
            raise Refusal(403, "Request forbidden by administrative rules.")

    def next_trouble(self, is_get):
        return self.forge.next_trouble(
            is_get, self.headers.get("User-Agent", ""))

    def trouble(self, trouble, where, body):
        """Answers in the forge's place."""
        entry = None
        if self.command != "GET" and (trouble.is_taken or
                                      trouble.body == "entry"):
            self.check_headers()
            entry = self.forge.comment(
                self.values, self.who, body, self.operation)[1] \
                if self.kind else self.forge.interface.show(
                    self.forge.take(where, body, []), self.base)
        self.note(trouble.code, body, accepted=entry is not None,
                  injected=True)
        if not trouble.code:
            return self.reset()
        data, headers = trouble.data(entry), list(trouble.headers)
        length = {"cut": len(data) + 9, "stall": len(data) + 9,
                  "huge": HUGE}.get(trouble.body, len(data))
        headers.append(("Content-Length", str(length)))
        kind = "text/html" if trouble.body == "html" else None
        self.close_connection = length != len(data)
        try:
            self.send(trouble.code, data, headers, kind)
            if trouble.body == "huge":
                self.wfile.write(b" " * (HUGE - len(data)))
            if trouble.body == "stall":
                self.connection.recv(1)  # until the other side is tired
        except OSError:
            self.close_connection = True  # it went away first
        return None

    def page(self, entries):
        """One page of them, and the headers that tell of the others."""
        number, size = self.forge.interface.page(self.query)
        last = max(1, -(-len(entries) // size))
        headers = [("X-Total", str(len(entries))), ("X-Page", str(number)),
                   ("X-Per-Page", str(size)), ("X-Total-Pages", str(last)),
                   ("X-Total-Count", str(len(entries)))]
        if number < last:
            query = "&".join("%s=%s" % x for x in
                             dict(self.query, page=number + 1).items())
            path = urlsplit(self.path).path
            headers.append(("X-Next-Page", str(number + 1)))
            headers.append(("Link", '<http://%s%s?%s>; rel="next"' % (
                self.headers.get("Host"), path, query)))
        return entries[(number - 1) * size:number * size], headers

    def look_at_comments(self):
        sha = self.values.get("sha")
        if sha and not self.forge.has_commit(sha):
            raise self.forge.interface.absent(sha)
        found = self.forge.comments.get(self.kind, self.values, self.who,
                                        self.query, self.operation)
        headers = []
        if isinstance(found, list):
            is_whole = self.kind == "comments" and \
                self.forge.args.type == "gitea"
            if not is_whole:
                found, headers = self.page(found)
        return self.give(200, found, headers=headers)

    def look(self, where):
        interface, path = self.forge.interface, urlsplit(self.path).path
        problems = self.operation.query_errors(self.query)
        if problems:
            raise Refusal(422, problems[0])
        if self.kind:
            return self.look_at_comments()
        if not self.forge.has_commit(self.sha):
            raise interface.absent(self.sha)
        have = self.forge.shown(where)
        if path.endswith("/status"):
            return self.give(200, interface.combine(have, self.sha, self.base))
        if path.endswith("/commits/" + self.sha):
            return self.give(200, interface.commit(self.sha, self.base))
        some, headers = self.page(interface.choose(have, self.query))
        return self.give(200, [interface.show(x, self.base) for x in some],
                         headers=headers)

    def do_GET(self):
        self.operation = None
        try:
            where = self.find()
            trouble = Trouble(self.next_trouble(True))
            time.sleep(trouble.seconds)
            if trouble.kind not in ("", "slow"):
                return self.trouble(trouble, where, None)
            self.check_headers()
            return self.look(where)
        except Refusal as refusal:
            return self.refuse(refusal)

    def take(self, where, body, trouble):
        self.check_headers()
        kind = self.headers.get("Content-Type", "").split(";")[0].strip()
        if kind != "application/json":
            raise Refusal(415, "Content-Type must be application/json")
        self.forge.count(where[0], self.who)
        if self.kind:
            time.sleep(trouble.seconds)
            code, entry = self.forge.comment(self.values, self.who, body,
                                             self.operation)
            return self.give(code, entry, body)
        self.forge.enter(where)
        try:
            time.sleep(trouble.seconds)
            entry = self.forge.take(where, body,
                                    self.operation.body_errors(body))
        finally:
            self.forge.leave(where)
        return self.give(201, self.forge.interface.show(entry, self.base),
                         body)

    def do_POST(self):
        self.operation = body = None
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            body = json.loads(raw.decode("utf-8", "strict"))
            where = self.find()
            trouble = Trouble(self.next_trouble(False))
            if trouble.kind not in ("", "slow"):
                return self.trouble(trouble, where, body)
            return self.take(where, body, trouble)
        except ValueError:
            return self.refuse(Refusal(400, "Problems parsing JSON"))
        except Refusal as refusal:
            return self.refuse(refusal, body)

    do_PATCH = do_PUT = do_POST

    def do_HEAD(self):
        self.operation = None
        self.refuse(Refusal(404, "Not Found"))

    do_DELETE = do_HEAD


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--log", required=True)
    p.add_argument("--type", default="github", choices=sorted(INTERFACES))
    p.add_argument("--token")
    p.add_argument("--token-file")
    p.add_argument("--repo")
    p.add_argument("--script")
    p.add_argument("--every", type=int, default=0)
    p.add_argument("--port", type=int, default=0)
    p.add_argument("--pulls", help="a file of pull requests")
    p.add_argument("--other", help="the token of another account")
    p.add_argument("--raw", help="a file for every byte that is received")
    p.add_argument("--tls", help="a file with a certificate and its key")
    args = p.parse_args()
    if args.token_file:
        with open(args.token_file, encoding="utf-8") as f:
            args.token = f.read()[::-1]
    Handler.forge = Forge(args)
    server = ThreadingHTTPServer(("127.0.0.1", args.port), Handler)
    server.daemon_threads = True
    if args.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(args.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    sys.stdout.close()
    server.serve_forever()


if __name__ == "__main__":
    main()
