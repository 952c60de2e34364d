#!/usr/bin/env python3
"""forge.py: a forge for tests: commit statuses as GitHub has them.

  forge.py --log FILE [--token TOKEN] [--script FILE] [--port N]

Prints its port as the first line of stdout once it listens (127.0.0.1), then
serves until it is killed:

  POST /repos/OWNER/REPO/statuses/SHA           201, or 4xx with a message
  GET  /repos/OWNER/REPO/commits/SHA/statuses   newest first
  GET  /repos/OWNER/REPO/commits/SHA/status     the newest of each context

A POST is held to what GitHub's description of its API says: method, path, 40
digits, Content-Type, User-Agent, a token (any, or --token's), UTF-8, a closed
set of fields, the states, description of at most 140 characters, context of
at most 255 (case-insensitive), an http(s) target_url, 1000 statuses of a
commit and context.

Each request is one JSON line of --log, written before it is answered:
  {"n","method","path","answer","accepted","token","agent","body"}
token tells whether one was sent, never which.

--script names a file that injects trouble. A POST takes its first line away
(one that begins with "always " stays); no file, or an empty one, is fine:
  500 | 503 | 409 | 422 | 404 | 401 | 403     that answer
  429 retry-after=2  | 403 retry-after=2      a limit, with the header
  403 remaining=0 reset=2                     GitHub's primary limit
  301                                         a redirect to elsewhere
  reset        closes the connection without an answer
  lost         takes the status, then closes without an answer
  slow 2       waits seconds, then goes on as usual
  200          an answer that is not a forge's
"""
import argparse
import json
import os
import re
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STATES = ("error", "failure", "pending", "success")
FIELDS = {"state", "target_url", "description", "context"}
POST = re.compile(r"^/repos/([\w.-]+)/([\w.-]+)/statuses/([0-9a-f]{40})$")
GET = re.compile(
    r"^/repos/([\w.-]+)/([\w.-]+)/commits/([0-9a-f]{40})/status(es)?$")


class Forge:
    def __init__(self, args):
        self.args = args
        self.lock = threading.Lock()
        self.statuses = {}  # (owner, repo, sha): newest last
        self.n = 0

    def record(self, line):
        with self.lock:
            self.n += 1
            line["n"] = self.n
            with open(self.args.log, "a", encoding="utf-8") as log:
                log.write(json.dumps(line, sort_keys=True) + "\n")

    def next_trouble(self):
        if not self.args.script:
            return ""
        with self.lock:
            try:
                with open(self.args.script, encoding="utf-8") as f:
                    lines = [x.strip() for x in f if x.strip()]
            except FileNotFoundError:
                return ""
            if not lines:
                return ""
            if lines[0].startswith("always "):
                return lines[0][len("always "):]
            temp = self.args.script + ".tmp"
            with open(temp, "w", encoding="utf-8") as f:
                f.write("".join(x + "\n" for x in lines[1:]))
            os.replace(temp, self.args.script)
            return lines[0]

    def problem(self, body):
        """What is wrong with a status, or None."""
        if not isinstance(body, dict):
            return "Problems parsing JSON"
        for field in body:
            if field not in FIELDS:
                return "%s is not a permitted key" % field
        for field in body:
            if not isinstance(body[field], str):
                return "%s is not a string" % field
        if body.get("state") not in STATES:
            return "state is not included in the list"
        if len(body.get("description", "")) > 140:
            return "description is too long (maximum is 140 characters)"
        if len(body.get("context", "default")) > 255:
            return "context is too long (maximum is 255 characters)"
        if not re.match(r"^https?://\S+$", body.get("target_url", "http://x")):
            return "target_url is not a URL"
        return None

    def take(self, where, body):
        """None, or why not."""
        entry = {
            "state": body["state"],
            "context": body.get("context", "default"),
            "description": body.get("description"),
            "target_url": body.get("target_url"),
        }
        with self.lock:
            have = self.statuses.setdefault(where, [])
            same = [x for x in have
                    if x["context"].lower() == entry["context"].lower()]
            if len(same) >= 1000:
                return ("This SHA and context has reached the maximum "
                        "number of statuses.")
            have.append(entry)
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    forge = None

    def log_message(self, *unused):
        pass

    def answer(self, code, body, headers=()):
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def reset(self):
        """Ends the connection with RST, as a dying machine does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()
        self.wfile = open(os.devnull, "wb")
        self.rfile = open(os.devnull, "rb")

    def note(self, answer, body=None, accepted=False):
        self.forge.record({
            "method": self.command, "path": self.path, "answer": answer,
            "accepted": accepted, "body": body,
            "token": bool(self.headers.get("Authorization")),
            "agent": self.headers.get("User-Agent", ""),
        })

    def refuse(self, code, message, body=None, headers=()):
        self.note(code, body)
        self.answer(code, {"message": message}, headers)

    def do_GET(self):
        m = GET.match(self.path)
        if not m:
            return self.refuse(404, "Not Found")
        have = self.forge.statuses.get(m.group(1, 2, 3), [])[::-1]
        self.note(200)
        if m.group(4):
            return self.answer(200, have)
        newest = {}
        for entry in have:
            newest.setdefault(entry["context"].lower(), entry)
        return self.answer(200, {"sha": m.group(3),
                                 "statuses": list(newest.values())})

    def header_problem(self):
        auth = self.headers.get("Authorization", "")
        m = re.match(r"^(?:Bearer|token) (\S+)$", auth)
        token = self.forge.args.token
        if not m or (token and m.group(1) != token):
            return 401, "Bad credentials"
        if not self.headers.get("User-Agent"):
            return 403, "Request forbidden by administrative rules."
        kind = self.headers.get("Content-Type", "").split(";")[0].strip()
        if kind != "application/json":
            return 415, "Content-Type must be application/json"
        return None

    def trouble(self, word, body):
        """True where the script has answered in our place."""
        words = word.split()
        if words[0] == "slow":
            time.sleep(float(words[1]))
            return False
        if words[0] == "reset":
            self.note(0, body)
            self.reset()
            return True
        if words[0] == "lost":
            return False
        code = int(words[0])
        headers = []
        for option in words[1:]:
            name, value = option.split("=")
            if name == "retry-after":
                headers.append(("Retry-After", value))
            elif name == "remaining":
                headers.append(("X-RateLimit-Remaining", value))
            elif name == "reset":
                headers.append(("X-RateLimit-Reset",
                                str(int(time.time()) + int(value))))
        if code == 301:
            headers.append(("Location", "http://127.0.0.1:9/elsewhere"))
        limit = headers and code in (403, 429)
        self.refuse(code, "API rate limit exceeded" if limit
                    else "injected %d" % code, body, headers)
        return True

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            body = json.loads(raw.decode("utf-8", "strict"))
        except ValueError:
            return self.refuse(400, "Problems parsing JSON")
        word = self.forge.next_trouble()
        if word and self.trouble(word, body):
            return None
        m = POST.match(self.path)
        if not m:
            return self.refuse(404, "Not Found", body)
        bad = self.header_problem()
        if bad:
            return self.refuse(bad[0], bad[1], body)
        why = self.forge.problem(body) or self.forge.take(m.group(1, 2, 3),
                                                          body)
        if why:
            return self.refuse(422, "Validation Failed: " + why, body)
        if word == "lost":
            self.note(0, body, accepted=True)
            return self.reset()
        self.note(201, body, accepted=True)
        return self.answer(201, body)

    def do_PUT(self):
        self.refuse(404, "Not Found")

    do_DELETE = do_PATCH = do_HEAD = do_PUT


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--log", required=True)
    p.add_argument("--token")
    p.add_argument("--script")
    p.add_argument("--port", type=int, default=0)
    args = p.parse_args()
    Handler.forge = Forge(args)
    server = ThreadingHTTPServer(("127.0.0.1", args.port), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    sys.stdout.close()
    server.serve_forever()


if __name__ == "__main__":
    main()
