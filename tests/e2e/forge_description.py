"""forge_description: requests and answers held to a description of an
interface (tests/data/forge/*.json, in the form of OpenAPI 3.0).

  d = Description(path)
  o, values = d.find("POST", "/repos/o/r/statuses/0123...")
  o.query_errors(query), o.body_errors(body), o.answer_errors(201, answer)

Each answers with a list of words, empty where all is well. Requests are
closed: a field or a parameter that is not described is an error. An answer is
held to its code's schema where the description has one.
"""
import json
import re

import jsonschema


def closed(schema):
    """A request's schema that allows no other fields."""
    if schema.get("type") == "object":
        schema = dict(schema, additionalProperties=False)
    return schema


def as_json_schema(node, whole):
    """References resolved; nullable in the words of JSON Schema."""
    if isinstance(node, list):
        return [as_json_schema(x, whole) for x in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = whole
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return as_json_schema(target, whole)
    node = {key: as_json_schema(value, whole) for key, value in node.items()}
    if node.pop("nullable", False) is True:
        return {"anyOf": [{"type": "null"}, node]}
    return node


def errors(schema, value):
    found = jsonschema.Draft7Validator(schema).iter_errors(value)
    return ["%s: %s" % (".".join(map(str, e.path)) or "it", e.message)
            for e in sorted(found, key=lambda e: list(map(str, e.path)))]


def read_value(text, kind):
    """A parameter of an address is text; a schema may want another type."""
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text


def least(schema, known):
    """A value that a schema allows, with no more than it must have: of what is
    known those fields that it has."""
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return least(schema[key][-1], known)
    if "allOf" in schema:
        out = {}
        for part in schema["allOf"]:
            out.update(least(part, known))
        return out
    if "enum" in schema:
        return known if known in schema["enum"] else schema["enum"][0]
    kind = schema.get("type", "object" if "properties" in schema else None)
    if kind == "object" or isinstance(known, dict):
        known = known if isinstance(known, dict) else {}
        fields = schema.get("properties", {})
        names = set(schema.get("required", [])) | (set(known) & set(fields))
        return {name: least(fields.get(name, {}), known.get(name))
                for name in sorted(names)}
    if known is not None:
        return known
    return {"string": "https://forge.example/", "integer": 1, "number": 1,
            "boolean": False, "array": []}.get(kind)


class Operation:
    def __init__(self, path, described):
        self.pattern = re.compile(
            "^" + re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)) +
            "$")
        self.described = described
        self.parameters = described.get("parameters", [])

    def schemas(self, where):
        return {p["name"]: p["schema"] for p in self.parameters
                if p["in"] == where}

    def path_errors(self, values):
        known = self.schemas("path")
        values = {name: read_value(text, known.get(name, {}).get("type"))
                  for name, text in values.items()}
        return errors({"type": "object", "properties": known}, values)

    def query_errors(self, query):
        known = self.schemas("query")
        values = {name: read_value(text, known.get(name, {}).get("type"))
                  for name, text in query.items()}
        return errors(closed({"type": "object", "properties": known}), values)

    def body_errors(self, body):
        content = self.described["requestBody"]["content"]
        return errors(closed(content["application/json"]["schema"]), body)

    def answer_schema(self, code):
        described = self.described["responses"].get(str(code)) or {}
        content = described.get("content", {}).get("application/json", {})
        return content.get("schema", {})

    def answer_errors(self, code, answer):
        return errors(self.answer_schema(code), answer)


class Description:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            whole = json.load(f)
        base = whole.get("servers", [{"url": ""}])[0]["url"]
        self.operations = [
            (method.upper(), Operation(base + place,
                                       as_json_schema(described, whole)))
            for place, methods in whole["paths"].items()
            for method, described in methods.items()]

    def find(self, method, path):
        """The operation, and what stands in the places of its path."""
        for its, operation in self.operations:
            m = operation.pattern.match(path)
            if m and its == method:
                return operation, m.groupdict()
        return None, {}
