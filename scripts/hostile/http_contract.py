"""What the node's own OpenAPI description says about an answer."""
import json
import re

try:
    import jsonschema_rs
except ImportError:  # comes with schemathesis; without it, bodies are only parsed
    jsonschema_rs = None

# What may be said of any request, whichever operation it asks for: about its form, its host, its origin, its size.
ANY_REQUEST = {400, 403, 404, 405, 408, 411, 413, 414, 415, 417, 421, 426, 431, 501, 505}
# Of 5xx, those that are about the request and not about the node.
ABOUT_REQUEST = {501, 505}


def media_type(text):
    """Without its parameters."""
    return text.split(";")[0].strip().lower()


class Contract:

    def __init__(self, description):
        self.description = description
        self.operations, self.validators = [], {}
        for path, operations in description["paths"].items():
            pattern = re.compile("".join(".+" if part.startswith("{") and path.startswith("/tile/") else "[^/]+" if part
                                         .startswith("{") else re.escape(part)
                                         for part in re.split(r"(\{[^}]+\})", path)) + r"\Z")
            # Those without parameters go before those with.
            self.operations.append(("{" in path, path, pattern, {
                name.upper(): operation
                for name, operation in operations.items() if "responses" in operation
            }))
        self.operations.sort(key=lambda entry: (entry[0], -len(entry[1])))

    def operation(self, method, target):
        """The operation that a request line asks for, with its name; None when there is none."""
        path = target.split("?")[0].split("#")[0]
        for _, template, pattern, operations in self.operations:
            if pattern.match(path):
                found = operations.get("GET" if method == "HEAD" else method)
                return (f"{method} {template}", found) if found else None
        return None

    def fault(self, answer, method, target, is_wild):
        """What is wrong with an answer, as (kind, what was seen); None when nothing is.

        is_wild: the request may be no request at all. Then what is said about requests in general is right too.
        """
        if answer.status < 200:
            return None
        found = self.operation(method, target)
        name, responses = (found[0], found[1]["responses"]) if found else (f"{method} …", {})
        documented = responses.get(str(answer.status))
        if documented is None:
            if not method:  # one of several, which of them isn't known
                return None if answer.status < 500 or answer.status in ABOUT_REQUEST | {503, 504} else (
                    f"{answer.status}", self.shown(answer))
            if answer.status >= 500 and answer.status not in ABOUT_REQUEST:
                return f"{answer.status}, which isn't documented: {name}", self.shown(answer)
            if found and not is_wild and not (method == "OPTIONS" or answer.status == 304):
                return f"{answer.status}, which isn't documented: {name}", self.shown(answer)
            if answer.status >= 400 and answer.status not in ANY_REQUEST | ABOUT_REQUEST:
                return f"{answer.status}, which isn't documented: {name}", self.shown(answer)
            return None
        if answer.status in (500, 507):
            return f"{answer.status} from a node whose disk is well: {name}", self.shown(answer)
        if method == "HEAD" or not answer.is_whole or is_wild and answer.status in ANY_REQUEST:
            return None
        return self.content_fault(answer, name, documented)

    def content_fault(self, answer, name, documented):
        if "$ref" in documented:
            documented = self.description["components"]["responses"][documented["$ref"].rsplit("/", 1)[1]]
        content = {media_type(name): kind for name, kind in documented.get("content", {}).items()}
        kind = media_type(answer.header("content-type") or "")
        if content and kind not in content:
            return f"content type {kind!r}, which isn't documented: {answer.status} of {name}", self.shown(answer)
        schema = content.get(kind, {}).get("schema")
        if not kind.endswith("json"):
            return None
        try:
            text = answer.body.decode()
            values = [
                json.loads(line)
                for line in (text.rstrip("\n").split("\n") if kind == "application/x-ndjson" else [text])
            ]
        except ValueError as error:
            return f"no JSON: {answer.status} of {name}", f"{error}: {self.shown(answer)}"
        if schema is not None and jsonschema_rs is not None and kind != "application/x-ndjson":
            error = next(iter(self.validator(schema).iter_errors(values[0])), None)
            if error is not None:
                return (f"doesn't fit its schema: {answer.status} of {name}",
                        f"{error.message[:300]} at {list(error.instance_path)}: {self.shown(answer)}")
        return None

    def validator(self, schema):
        key = json.dumps(schema, sort_keys=True)
        if key not in self.validators:
            self.validators[key] = jsonschema_rs.validator_for({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                **schema, "components": self.description["components"]
            })
        return self.validators[key]

    def shown(self, answer):
        return f"{answer.status} {answer.body[:300].decode('utf-8', 'replace')}"
