"""forge_comments: pull requests and their comments, as three forges have them.

Pull requests are what a file says, a line each: NUMBER STATE BRANCH, where
STATE is open or closed and BRANCH is one of --repo's, whose tip is the head.
Comments are kept here; an account edits its own alone. What an answer has to
have beside what counts is made from the interface's description.
"""
import re
import subprocess

from forge_description import least
from forge_types import Refusal, moment

PLACES = {
    "account": r"/user$",
    "pulls": r"/(commits/(?P<sha>[0-9a-f]{40})/)?pulls$",
    "requests": r"/repository/commits/(?P<sha>[0-9a-f]{40})/merge_requests$",
    "comments": r"/(issues|merge_requests)/(?P<number>\d+)/(comments|notes)$",
    "comment": r"/(issues/comments|merge_requests/(?P<number>\d+)/notes)/"
               r"(?P<id>\d+)$",
}


def find(path):
    """What a path is about: its kind and the values in it; None: a status."""
    for kind, pattern in PLACES.items():
        m = re.search(pattern, path)
        if m:
            return kind, m.groupdict()
    return None, {}


class Comments:
    def __init__(self, args):
        self.args = args
        self.comments = []  # oldest first

    def pulls(self):
        try:
            with open(self.args.pulls or "/dev/null", encoding="utf-8") as f:
                lines = [x.split() for x in f if x.strip()]
        except FileNotFoundError:
            return
        for number, state, branch in lines:
            tip = subprocess.run(
                ["git", "--git-dir", self.args.repo, "rev-parse", "-q",
                 "--verify", "refs/heads/" + branch], check=False,
                stdout=subprocess.PIPE, text=True).stdout.strip()
            yield int(number), state, branch, tip

    def check_number(self, number):
        if int(number) not in [x[0] for x in self.pulls()]:
            raise Refusal(404, "Not Found")

    def account(self, who):
        return {"id": who, "login": "account%d" % who, "state": "active",
                "username": "account%d" % who, "name": "Account %d" % who}

    def show_pull(self, pull, kind, operation):
        number, state, branch, tip = pull
        entry = {"id": 1000 + number, "number": number, "iid": number,
                 "state": state, "title": "a change",
                 "user": self.account(3), "author": self.account(3),
                 "project_id": 1, "source_branch": branch,
                 "target_branch": "main", "sha": tip,
                 "head": {"label": branch, "ref": branch, "sha": tip},
                 "base": {"label": "main", "ref": "main", "sha": "0" * 40},
                 "web_url": "https://forge.example/%d" % number}
        if kind == "requests":
            entry["state"] = {"open": "opened"}.get(state, state)
        return least(operation.answer_schema(200)["items"], entry)

    def show(self, c, operation, code):
        entry = {"id": c["id"], "body": c["body"], "system": False,
                 "user": self.account(c["who"]),
                 "author": self.account(c["who"]),
                 "created_at": moment(c["at"]), "updated_at": moment(c["at"]),
                 "noteable_iid": c["number"], "type": None,
                 "noteable_type": "MergeRequest"}
        schema = operation.answer_schema(code)
        return least(schema.get("items", schema), entry)

    def get(self, kind, values, who, query, operation):
        """The answer to a question, before it is cut into pages."""
        if kind == "account":
            return least(operation.answer_schema(200), self.account(who))
        if kind in ("pulls", "requests"):
            wanted = {"opened": "open"}.get(query.get("state"),
                                            query.get("state"))
            return [self.show_pull(x, kind, operation) for x in self.pulls()
                    if values.get("sha") in (None, x[3]) and
                    wanted in (None, "all", x[1])]
        self.check_number(values["number"])
        return [self.show(c, operation, 200) for c in self.comments
                if c["number"] == int(values["number"])]

    def write(self, values, who, body, operation, now):
        """Makes one, or edits it; the answer."""
        if not values.get("id"):
            self.check_number(values["number"])
            self.comments.append({
                "id": len(self.comments) + 1, "who": who, "at": now,
                "number": int(values["number"]), "body": body["body"]})
            return 201, self.show(self.comments[-1], operation, 201)
        for c in self.comments:
            if c["id"] == int(values["id"]) and \
                    values.get("number") in (None, str(c["number"])):
                if c["who"] != who:
                    raise Refusal(403, "Forbidden")
                c["body"] = body["body"]
                return 200, self.show(c, operation, 200)
        raise Refusal(404, "Not Found")
