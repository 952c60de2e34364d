#!/usr/bin/env python3
"""forge.py: a forge for tests: commit statuses as three forges have them.

  forge.py --log FILE [--type github|gitlab|gitea] [--token TOKEN]
           [--repo GITDIR] [--script FILE] [--every N] [--port N]

Prints its port as the first line of stdout once it listens (127.0.0.1), then
serves until it is killed. R is /repos/OWNER/REPO, for gitea /api/v1/repos/
OWNER/REPO, for gitlab /api/v4/projects/ID (a number, or an encoded path):

  POST R/statuses/SHA                     201, or why not
  GET  R/commits/SHA/statuses             newest first (github, gitea)
  GET  R/commits/SHA/status               the newest of each context (github)
  GET  R/repository/commits/SHA/statuses  (gitlab)

A POST is held to what is published of each interface: method, path, 40
digits, Content-Type, User-Agent, the token's header (any, or --token's),
UTF-8, a closed set of fields, the states, an http(s) target_url, and
  github  description of at most 140 characters, context of at most 255
          (case-insensitive), 1000 statuses of a commit and context
  gitlab  name, description, target_url of at most 255; ref has to be there;
          one update of a commit at a time (409); a state machine for each
          (commit, ref, name): what is pending or running does not become so
          again (400), behind a final state another entry begins
  gitea   each one is a row, and the newest counts
With --repo a commit that is not in that repository is answered as the forge
does.

Each request is one JSON line of --log, written before it is answered:
  {"n","method","path","answer","accepted","injected","token","agent","body"}
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
--every N: each Nth POST meets one of five of these in turn.
"""
import argparse
import json
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TURNS = ("500", "lost", "429 retry-after=1", "reset", "409")


class Refusal(Exception):
    def __init__(self, code, body):
        super().__init__(code)
        self.code = code
        self.body = body if isinstance(body, dict) else {"message": body}


def only_texts(body, fields, code):
    if not isinstance(body, dict):
        raise Refusal(400, "Problems parsing JSON")
    for field, value in body.items():
        if field not in fields:
            raise Refusal(code, "%s is not a permitted key" % field)
        if not isinstance(value, str):
            raise Refusal(code, "%s is not a string" % field)


def is_url(text):
    return re.match(r"^https?://\S+$", text) is not None


class GitHub:
    """description: api.github.com's OpenAPI, repos/create-commit-status."""
    fields = {"state", "target_url", "description", "context"}
    states = ("error", "failure", "pending", "success")
    root = r"^/repos/([\w.-]+)/([\w.-]+)"
    read = r"/commits/([0-9a-f]{40})/status(es)?(?:\?.*)?$"
    header, scheme = "Authorization", r"^(?:Bearer|token) (\S+)$"
    shown, context = "state", "context"
    unauthorized = "Bad credentials"
    one_at_a_time = False

    def absent(self, sha):
        return Refusal(422, "No commit found for SHA: " + sha)

    def check(self, body):
        only_texts(body, self.fields, 422)
        if body.get("state") not in self.states:
            self.invalid("state is not included in the list")
        if len(body.get("description", "")) > 140:
            self.invalid(
                "description is too long (maximum is 140 characters)")
        if len(body.get("context", "default")) > 255:
            self.invalid("context is too long (maximum is 255 characters)")
        if not is_url(body.get("target_url", "http://x")):
            self.invalid("target_url is not a URL")

    def invalid(self, why):
        raise Refusal(422, "Validation Failed: " + why)

    def take(self, have, body):
        entry = {
            "state": body["state"],
            "context": body.get("context", "default"),
            "description": body.get("description"),
            "target_url": body.get("target_url"),
        }
        same = [x for x in have
                if x["context"].lower() == entry["context"].lower()]
        if len(same) >= 1000:
            self.invalid("This SHA and context has reached the maximum "
                         "number of statuses.")
        have.append(entry)
        return entry


class Gitea(GitHub):
    """description: the swagger of Gitea and Forgejo, repoCreateStatus."""
    states = ("pending", "success", "error", "failure", "warning")
    root = r"^/api/v1/repos/([\w.-]+)/([\w.-]+)"
    read = r"/commits/([0-9a-f]{40})/statuses(?:\?.*)?()$"
    scheme = r"^token (\S+)$"
    shown = "status"
    unauthorized = "user does not exist [uid: 0, name: ]"

    def absent(self, sha):
        return Refusal(404, "object does not exist [id: %s, rel_path: ]" % sha)

    def check(self, body):
        only_texts(body, self.fields, 422)
        if body.get("state") not in self.states:
            self.invalid("state: In")
        if not is_url(body.get("target_url", "http://x")):
            self.invalid("target_url: Url")

    def take(self, have, body):
        have.append({
            "status": body["state"],
            "context": body.get("context", "default").strip(),
            "description": body.get("description", "").strip(),
            "target_url": body.get("target_url", "").strip(),
        })
        return have[-1]


class GitLab:
    """description: docs.gitlab.com/api/commits, set commit pipeline status."""
    fields = {"state", "ref", "name", "context", "target_url", "description"}
    states = ("pending", "running", "success", "failed", "canceled", "skipped")
    root = r"^/api/v4/projects/(\d+|[\w.-]+(?:%2F[\w.-]+)+)()"
    read = r"/repository/commits/([0-9a-f]{40})/statuses(?:\?.*)?()$"
    header, scheme = "PRIVATE-TOKEN", r"^(\S+)$"
    shown, context = "status", "name"
    unauthorized = "401 Unauthorized"
    one_at_a_time = True
    events = {"pending": "enqueue", "running": "run", "success": "success",
              "failed": "drop", "canceled": "cancel", "skipped": "skip"}

    def absent(self, sha):
        return Refusal(404, "404 Commit Not Found")

    def check(self, body):
        only_texts(body, self.fields, 400)
        if body.get("state") not in self.states:
            raise Refusal(400, {"error": "state does not have a valid value"})
        if not body.get("ref"):
            raise Refusal(400, {"error": "ref is missing"})
        for field in ("name", "context", "description", "target_url"):
            if len(body.get(field, "")) > 255:
                raise Refusal(400, {"message": {field: [
                    "is too long (maximum is 255 characters)"]}})
        if not is_url(body.get("target_url", "http://x")):
            raise Refusal(400, {"message": {"target_url": [
                "is blocked: Only allowed schemes are http, https"]}})

    def take(self, have, body):
        name = body.get("name", body.get("context", "default"))
        running = [x for x in have
                   if (x["name"], x["ref"]) == (name, body["ref"]) and
                   x["status"] in ("pending", "running")]
        entry = running[-1] if running else {"status": "created"}
        state, before = body["state"], entry["status"]
        if before == state or (before == "running" and
                               state in ("pending", "skipped")):
            event = self.events[state]
            raise Refusal(
                400, "Cannot transition status via :%s from :%s (Reason(s): "
                "Status cannot transition via \"%s\")"
                % (event, before, event))
        entry.update(status=state, name=name, ref=body["ref"],
                     description=body.get("description"),
                     target_url=body.get("target_url"))
        if not running:
            have.append(entry)
        return entry


INTERFACES = {"github": GitHub, "gitlab": GitLab, "gitea": Gitea}


class Forge:
    def __init__(self, args):
        self.args = args
        self.lock = threading.Lock()
        self.interface = INTERFACES[args.type]()
        self.post = re.compile(
            self.interface.root + r"/statuses/([0-9a-f]{40})$")
        self.read = re.compile(self.interface.root + self.interface.read)
        self.statuses = {}  # (owner, repo, sha): newest last
        self.busy = set()
        self.n = self.n_posts = self.n_entries = 0

    def record(self, line):
        with self.lock:
            self.n += 1
            line["n"] = self.n
            with open(self.args.log, "a", encoding="utf-8") as log:
                log.write(json.dumps(line, sort_keys=True) + "\n")

    def turn(self):
        with self.lock:
            self.n_posts += 1
            if self.args.every and self.n_posts % self.args.every == 0:
                return TURNS[self.n_posts // self.args.every % len(TURNS)]
        return ""

    def next_trouble(self):
        if not self.args.script:
            return self.turn()
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

    def has_commit(self, sha):
        return not self.args.repo or subprocess.run(
            ["git", "--git-dir", self.args.repo, "cat-file", "-e",
             sha + "^{commit}"], stderr=subprocess.DEVNULL,
            check=False).returncode == 0

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

    def take(self, where, body):
        if not self.has_commit(where[2]):
            raise self.interface.absent(where[2])
        self.interface.check(body)
        with self.lock:
            have = self.statuses.setdefault(where, [])
            entry = self.interface.take(have, body)
            if "id" not in entry:
                self.n_entries += 1
                entry["id"] = self.n_entries
            return dict(entry)

    def shown(self, where):
        with self.lock:
            return [dict(x) for x in self.statuses.get(where, [])[::-1]]


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

    def note(self, answer, body=None, accepted=False, injected=False):
        self.forge.record({
            "method": self.command, "path": self.path, "answer": answer,
            "accepted": accepted, "injected": injected, "body": body,
            "token": bool(self.headers.get(self.forge.interface.header)),
            "agent": self.headers.get("User-Agent", ""),
        })

    def refuse(self, refusal, body=None, headers=(), injected=False):
        self.note(refusal.code, body, injected=injected)
        self.answer(refusal.code, refusal.body, headers)

    def do_GET(self):
        m = self.forge.read.match(self.path)
        if not m:
            return self.refuse(Refusal(404, "Not Found"))
        have = self.forge.shown(m.group(1, 2, 3))
        self.note(200)
        if self.forge.args.type != "github" or m.group(4):
            return self.answer(200, have)
        newest = {}
        for entry in have:
            newest.setdefault(entry["context"].lower(), entry)
        return self.answer(200, {"sha": m.group(3),
                                 "statuses": list(newest.values())})

    def check_headers(self):
        interface, token = self.forge.interface, self.forge.args.token
        m = re.match(interface.scheme,
                     self.headers.get(interface.header, ""))
        if not m or (token and m.group(1) != token):
            raise Refusal(401, interface.unauthorized)
        if not self.headers.get("User-Agent"):
            raise Refusal(403, "Request forbidden by administrative rules.")
        kind = self.headers.get("Content-Type", "").split(";")[0].strip()
        if kind != "application/json":
            raise Refusal(415, "Content-Type must be application/json")

    def trouble(self, words, body):
        """Answers in our place."""
        if words[0] == "reset":
            self.note(0, body, injected=True)
            return self.reset()
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
        return self.refuse(
            Refusal(code, "API rate limit exceeded" if limit
                    else "injected %d" % code), body, headers, injected=True)

    def take(self, body, words):
        m = self.forge.post.match(self.path)
        if not m:
            raise Refusal(404, "Not Found")
        self.check_headers()
        where = m.group(1, 2, 3)
        self.forge.enter(where)
        try:
            if words[:1] == ["slow"]:
                time.sleep(float(words[1]))
            return self.forge.take(where, body)
        finally:
            self.forge.leave(where)

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            body = json.loads(raw.decode("utf-8", "strict"))
        except ValueError:
            return self.refuse(Refusal(400, "Problems parsing JSON"))
        words = self.forge.next_trouble().split()
        if words and words[0] not in ("slow", "lost"):
            return self.trouble(words, body)
        try:
            entry = self.take(body, words)
        except Refusal as refusal:
            return self.refuse(refusal, body)
        if words[:1] == ["lost"]:
            self.note(0, body, accepted=True, injected=True)
            return self.reset()
        self.note(201, body, accepted=True)
        return self.answer(201, entry)

    def do_PUT(self):
        self.refuse(Refusal(404, "Not Found"))

    do_DELETE = do_PATCH = do_HEAD = do_PUT


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--log", required=True)
    p.add_argument("--type", default="github", choices=sorted(INTERFACES))
    p.add_argument("--token")
    p.add_argument("--repo")
    p.add_argument("--script")
    p.add_argument("--every", type=int, default=0)
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
