#!/usr/bin/env python3
"""cut.py FILE >github.json: the paths that sluice and the tests use, out of
GitHub's description of its interface.

  npm pack @octokit/openapi@23.0.2
  tar xzf octokit-openapi-23.0.2.tgz package/generated/api.github.com.json
  cut.py package/generated/api.github.com.json >github.json

References are resolved; what says nothing about validity (words, examples,
fields that begin with x-) is left out; nothing else is changed.
"""
import json
import sys

PATHS = (
    ("/repos/{owner}/{repo}/statuses/{sha}", "post"),
    ("/repos/{owner}/{repo}/commits/{ref}", "get"),
    ("/repos/{owner}/{repo}/commits/{ref}/statuses", "get"),
    ("/repos/{owner}/{repo}/commits/{ref}/status", "get"),
    ("/user", "get"),
    ("/repos/{owner}/{repo}/commits/{commit_sha}/pulls", "get"),
    ("/repos/{owner}/{repo}/issues/{issue_number}/comments", "get"),
    ("/repos/{owner}/{repo}/issues/{issue_number}/comments", "post"),
    ("/repos/{owner}/{repo}/issues/comments/{comment_id}", "patch"),
)
WORDS = ("description", "summary", "externalDocs", "example", "examples",
         "tags", "deprecated", "title")


def resolve(node, whole, is_fields=False):
    """is_fields: the members are named by the interface, not by OpenAPI."""
    if isinstance(node, list):
        return [resolve(x, whole) for x in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = whole
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return resolve(target, whole)
    return {key: resolve(value, whole, not is_fields and key in
                         ("properties", "headers", "responses", "content"))
            for key, value in node.items()
            if is_fields or not (key in WORDS or key.startswith("x-"))}


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        whole = json.load(f)
    info = {k: whole["info"][k] for k in ("title", "version", "license")}
    cut = {"openapi": whole["openapi"], "info": info, "paths": {}}
    for path, method in PATHS:
        cut["paths"].setdefault(path, {})[method] = resolve(
            whole["paths"][path][method], whole)
    json.dump(cut, sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
