#!/usr/bin/python3
"""forge_clients.py TYPE URL TOKEN VERB SHA [STATE CONTEXT TEXT ADDRESS REF]
forge_clients.py TYPE URL TOKEN comments|say NUMBER [TEXT...]

Reads and posts statuses and comments by clients that we did not write: PyGithub, and
python-gitlab. URL is what git config sluice.forge.url wants.
  read      one JSON line a status, oldest first: state, context, description,
            target_url, ref
  combined  the state of the commit as a whole (github)
  post      one status
  comments  one JSON line a comment of a pull request, oldest first: id, who,
            body
  say       a comment of each text
"""
import json
import sys
from urllib.parse import unquote

import github
import gitlab


class ByPyGithub:
    def __init__(self, url, token, sha):
        base, _, name = url.partition("/repos/")
        client = github.Github(token, base_url=base)
        repo = client.get_repo(name, lazy=True)
        if len(sha) < 40:
            # pylint: disable=protected-access
            self.issue = github.Issue.Issue(
                repo._requester, {}, {"url": "%s/issues/%s" % (url, sha)},
                completed=True)
            return
        self.commit = repo.get_commit(sha)

    def comments(self):
        for c in self.issue.get_comments():
            yield c.id, c.user.id, c.body

    def say(self, text):
        self.issue.create_comment(text)

    def read(self):
        for s in sorted(self.commit.get_statuses(), key=lambda s: s.id):
            yield s.state, s.context, s.description, s.target_url, ""

    def combined(self):
        return self.commit.get_combined_status().state

    def post(self, state, context, text, address, _):
        self.commit.create_status(state, address, text, context)


class ByPythonGitlab:
    def __init__(self, url, token, sha):
        base, _, name = url.partition("/api/v4/projects/")
        client = gitlab.Gitlab(base, private_token=token)
        project = client.projects.get(unquote(name), lazy=True)
        if len(sha) < 40:
            self.notes = project.mergerequests.get(int(sha), lazy=True).notes
            return
        self.statuses = project.commits.get(sha, lazy=True).statuses

    def read(self):
        found = self.statuses.list(iterator=True, query_parameters={
            "all": True, "per_page": 2})
        for s in sorted(found, key=lambda s: s.id):
            yield s.status, s.name, s.description, s.target_url, s.ref

    def comments(self):
        for n in self.notes.list(iterator=True, query_parameters={
                "sort": "asc", "per_page": 2}):
            yield n.id, n.author["id"], n.body

    def say(self, text):
        self.notes.create({"body": text})

    def post(self, state, context, text, address, ref):
        self.statuses.create({
            "state": state, "name": context, "description": text,
            "target_url": address, "ref": ref})


def main():
    kind, url, token, verb, sha = sys.argv[1:6]
    client = {"github": ByPyGithub, "gitlab": ByPythonGitlab}[kind](
        url, token, sha)
    if verb == "read":
        for status in client.read():
            print(json.dumps(dict(zip(
                ("state", "context", "description", "target_url", "ref"),
                status)), sort_keys=True, ensure_ascii=False))
    elif verb == "comments":
        for c in client.comments():
            print(json.dumps(dict(zip(("id", "who", "body"), c)),
                             sort_keys=True, ensure_ascii=False))
    elif verb == "say":
        for text in sys.argv[6:]:
            client.say(text)
    elif verb == "combined":
        print(client.combined())
    else:
        client.post(*sys.argv[6:11])


if __name__ == "__main__":
    main()
