"""forge_types: what GitHub, GitLab, and Gitea with Forgejo do beyond their
descriptions: limits, what is shown, state machines, words of a refusal.

An interface names its description, what it calls JSON, and its token's header,
and has
  absent(sha)            the refusal for a commit that is not there
  check(body, problems)  raises a Refusal; problems: of the description
  check_comment(...)     the same of a comment
  take(have, body, sha)  the entry that a status became; have: newest last
  show(entry, base)      an entry as the interface gives it
  choose(have, query)    the entries a list gives, in its order
  page(query)            which page of how many
"""
import re
import time

DOCS = "https://docs.github.com/rest/commits/statuses"


class Refusal(Exception):
    def __init__(self, code, body, headers=()):
        super().__init__(code)
        self.code = code
        self.body = body if isinstance(body, dict) else {"message": body}
        self.headers = list(headers)


def is_url(text):
    return re.match(r"^https?://\S+$", text) is not None


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def newest_of(entries, key):
    """The last one of each key."""
    return list({key(x): x for x in entries}.values())


class GitHub:
    description = "github.json"
    kind = "application/json; charset=utf-8"
    header, scheme = "Authorization", r"^(?:Bearer|token) (\S+)$"
    # PyGithub asks at the older address, which the description names in words
    aliases = ((r"^(/repos/[^/]+/[^/]+)/statuses/([^/]+)$",
                r"\1/commits/\2/statuses"),)
    one_at_a_time = False
    most = ((80, 60), (500, 3600))  # content-creating requests, seconds

    @staticmethod
    def unauthorized():
        return Refusal(401, {"message": "Bad credentials",
                             "documentation_url": DOCS, "status": "401"})

    @staticmethod
    def limited():
        return Refusal(403, {
            "message": "You have exceeded a secondary rate limit. Please wait "
            "a few minutes before you try again.",
            "documentation_url": DOCS}, [("Retry-After", "60")])

    @staticmethod
    def absent(sha):
        return Refusal(422, {"message": "No commit found for SHA: " + sha,
                             "documentation_url": DOCS, "status": "422"})

    @staticmethod
    def invalid(field, why):
        """As GitHub puts it: the reason stands in errors."""
        return Refusal(422, {
            "message": "Validation Failed", "status": "422",
            "errors": [{"resource": "Status", "code": "custom",
                        "field": field, "message": why}],
            "documentation_url": DOCS + "#create-a-commit-status"})

    def check(self, body, problems):
        if problems:
            raise Refusal(422, {"message": "Invalid request.\n\n" + problems[0],
                                "documentation_url": DOCS, "status": "422"})
        if len(body.get("description") or "") > 140:
            raise self.invalid("description", "description is too long "
                               "(maximum is 140 characters)")
        if len(body.get("context", "default")) > 255:
            raise self.invalid("context", "context is too long (maximum is "
                               "255 characters)")
        if not is_url(body.get("target_url") or "http://x"):
            raise self.invalid("target_url", "target_url must use http(s) "
                               "scheme")

    def check_comment(self, body, problems):
        if problems:
            raise Refusal(422, {"message": "Invalid request.\n\n" + problems[0],
                                "documentation_url": DOCS, "status": "422"})
        if len(body["body"]) > 65536:
            raise self.invalid("body", "body is too long (maximum is 65536 "
                               "characters)")
        if not body["body"].strip():
            raise self.invalid("body", "body can't be blank")

    def take(self, have, body, sha):
        context = body.get("context", "default")
        same = [x for x in have if x["context"].lower() == context.lower()]
        if len(same) >= 1000:
            raise Refusal(422, {
                "message": "Validation Failed", "documentation_url": DOCS,
                "errors": "Validation failed: This SHA and context has "
                "reached the maximum number of statuses.", "status": "422"})
        have.append({"state": body["state"], "context": context,
                     "description": body.get("description"),
                     "target_url": body.get("target_url")})
        return have[-1]

    def show(self, entry, base):
        return {
            "url": base + "/statuses/" + entry["sha"],
            "avatar_url": "https://avatars.example/u/1",
            "id": entry["id"], "node_id": "S%d" % entry["id"],
            "state": entry["state"], "description": entry["description"],
            "target_url": entry["target_url"], "context": entry["context"],
            "created_at": moment(entry["at"]),
            "updated_at": moment(entry["at"]), "creator": self.user(base),
        }

    @staticmethod
    def user(base):
        places = ("events", "followers", "following", "gists",
                  "organizations", "received_events", "repos", "starred",
                  "subscriptions", "html")
        user = {place + "_url": base + "/" + place for place in places}
        user.update(login="sluice", id=1, node_id="U1", gravatar_id="",
                    avatar_url="https://avatars.example/u/1", url=base,
                    type="User", site_admin=False)
        return user

    @staticmethod
    def choose(have, query):
        return have[::-1]

    @staticmethod
    def page(query):
        return int(query.get("page", 1)), min(
            int(query.get("per_page", 30)), 100)

    def combine(self, have, sha, base):
        newest = newest_of(have, lambda x: x["context"].lower())
        states = [x["state"] for x in newest]
        return {
            "state": "failure" if {"error", "failure"} & set(states)
            else "success" if states and set(states) == {"success"}
            else "pending",
            "sha": sha, "total_count": len(newest),
            "statuses": [{k: v for k, v in self.show(x, base).items()
                          if k != "creator"} for x in newest],
            "repository": self.repository(base),
            "commit_url": base + "/commits/" + sha,
            "url": base + "/commits/" + sha + "/status",
        }

    def repository(self, base):
        places = (
            "archive", "assignees", "blobs", "branches", "collaborators",
            "comments", "commits", "compare", "contents", "contributors",
            "deployments", "downloads", "events", "forks", "git_commits",
            "git_refs", "git_tags", "hooks", "html", "issue_comment",
            "issue_events", "issues", "keys", "labels", "languages",
            "merges", "milestones", "notifications", "pulls", "releases",
            "stargazers", "statuses", "subscribers", "subscription", "tags",
            "teams", "trees")
        repository = {place + "_url": base + "/" + place for place in places}
        repository.update(id=1, node_id="R1", name="data", private=True,
                          full_name="clinic/data", owner=self.user(base),
                          description=None, fork=False, url=base)
        return repository

    @staticmethod
    def commit(sha, base):
        url = base + "/commits/" + sha
        return {
            "url": url, "sha": sha, "node_id": "C1", "html_url": url,
            "comments_url": url + "/comments", "author": None,
            "committer": None, "parents": [],
            "commit": {"author": None, "committer": None, "message": "",
                       "comment_count": 0, "url": url,
                       "tree": {"sha": sha, "url": url}},
        }


class Gitea(GitHub):
    description = "gitea.json"
    kind = "application/json;charset=utf-8"
    scheme = r"^token (\S+)$"
    aliases = ()
    most = ()
    url = "https://forge.example/api/swagger"

    def refuse(self, code, words):
        return Refusal(code, {"message": words, "url": self.url})

    def unauthorized(self):
        return self.refuse(401, "user does not exist [uid: 0, name: ]")

    def absent(self, sha):
        # CreateCommitStatus fails with "GetCommit[...]: object does not
        # exist"; of an answer of 500 only an administrator sees the words.
        return self.refuse(500, "")

    def check(self, body, problems):
        if problems:
            raise self.refuse(422, problems[0])
        if not is_url(body.get("target_url") or "http://x"):
            raise self.refuse(422, "[TargetURL]: Url")

    def check_comment(self, body, problems):
        if problems:
            raise self.refuse(422, problems[0])

    def take(self, have, body, sha):
        have.append({
            "state": body["state"],
            "context": body.get("context", "default").strip(),
            "description": body.get("description", "").strip(),
            "target_url": body.get("target_url", "").strip(),
        })
        return have[-1]

    def show(self, entry, base):
        return {
            "id": entry["id"], "status": entry["state"],
            "target_url": entry["target_url"],
            "description": entry["description"],
            "url": base + "/statuses/" + entry["sha"],
            "context": entry["context"], "creator": {"login": "sluice"},
            "created_at": moment(entry["at"]),
            "updated_at": moment(entry["at"]),
        }

    @staticmethod
    def choose(have, query):
        """Names and orders are as its source has them: "highestindex" begins
        with the lowest."""
        if query.get("sort") in ("oldest", "leastupdate", "highestindex"):
            return list(have)
        return have[::-1]

    @staticmethod
    def page(query):
        return int(query.get("page", 1)), min(int(query.get("limit", 30)), 50)

    def combine(self, have, sha, base):
        newest = newest_of(have, lambda x: x["context"])
        states = [x["state"] for x in newest]
        worst = [x for x in ("error", "failure", "warning", "pending",
                             "success") if x in states]
        return {"state": (worst + [""])[0], "sha": sha,
                "total_count": len(newest),
                "statuses": [self.show(x, base) for x in newest],
                "repository": None, "commit_url": base + "/commits/" + sha,
                "url": base + "/commits/" + sha + "/status"}


class GitLab:
    description = "gitlab.json"
    kind = "application/json"  # python-gitlab takes no other word
    header, scheme = "PRIVATE-TOKEN", r"^(\S+)$"
    aliases = ()
    one_at_a_time = True
    most = ()
    events = {"pending": "enqueue", "running": "run", "success": "success",
              "failed": "drop", "canceled": "cancel", "skipped": "skip"}

    @staticmethod
    def unauthorized():
        return Refusal(401, "401 Unauthorized")

    @staticmethod
    def absent(sha):
        return Refusal(404, "404 Commit Not Found")

    def check(self, body, problems):
        if problems:
            raise Refusal(400, {"error": problems[0]})
        if not is_url(body.get("target_url") or "http://x"):
            raise Refusal(400, {"message": {"target_url": [
                "is blocked: Only allowed schemes are http, https"]}})

    def check_comment(self, body, problems):
        """A line that begins with a slash and a letter is no text there, but an
        order ("/close")."""
        if problems:
            raise Refusal(400, {"error": problems[0]})
        if len(body["body"]) > 1000000:
            raise Refusal(400, {"message": {"note": [
                "is too long (maximum is 1000000 characters)"]}})
        if re.search(r"^/[a-z]", body["body"], re.M):
            raise Refusal(400, {"error": "a quick action"})

    def take(self, have, body, sha):
        name = body.get("name", body.get("context", "default"))
        running = [x for x in have
                   if (x["name"], x["ref"]) == (name, body["ref"]) and
                   x["state"] in ("pending", "running")]
        entry = running[-1] if running else {"state": "created"}
        state, before = body["state"], entry["state"]
        if before == state or (before == "running" and
                               state in ("pending", "skipped")):
            event = self.events[state]
            raise Refusal(
                400, "Cannot transition status via :%s from :%s (Reason(s): "
                "Status cannot transition via \"%s\")"
                % (event, before, event))
        entry.update(state=state, name=name, ref=body["ref"],
                     description=body.get("description"),
                     target_url=body.get("target_url"))
        if not running:
            have.append(entry)
        return entry

    @staticmethod
    def show(entry, base):
        is_open = entry["state"] in ("pending", "running")
        return {
            "id": entry["id"], "sha": entry["sha"], "ref": entry["ref"],
            "status": entry["state"], "name": entry["name"],
            "target_url": entry["target_url"],
            "description": entry["description"],
            "created_at": moment(entry["at"]), "started_at": None,
            "finished_at": None if is_open else moment(entry["at"]),
            "allow_failure": False, "coverage": None, "pipeline_id": 1,
            "author": {"id": 1, "username": "sluice", "name": "sluice",
                       "state": "active", "avatar_url": None,
                       "web_url": base},
        }

    @staticmethod
    def choose(have, query):
        have = [x for x in have
                if query.get("ref", x["ref"]) == x["ref"] and
                query.get("name", x["name"]) == x["name"]]
        if query.get("all", "").lower() != "true":
            have = newest_of(have, lambda x: (x["ref"], x["name"]))
        return have[::-1] if query.get("sort") == "desc" else have

    @staticmethod
    def page(query):
        return int(query.get("page", 1)), int(query.get("per_page", 20))


INTERFACES = {"github": GitHub, "gitlab": GitLab, "gitea": Gitea}
