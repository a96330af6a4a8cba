"""Requests that schemathesis makes from an OpenAPI description."""
import warnings
import zlib

import hypothesis
import requests
import schemathesis
from schemathesis import GenerationMode

# A read may name a record that it waits for, for 10 s: of such requests, one in so many is sent.
WAITING_ONE_IN = 50


def generated(description, count, seed, send):
    """Sends `count` requests, of all operations in turn, half of them as described and half not."""
    warnings.simplefilter("ignore")
    operations = [found.ok() for found in schemathesis.openapi.from_dict(description).get_all_operations()]
    each = -(-count // (2 * len(operations)))
    sent = 0
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        for operation in operations:
            number = min(each, count - sent)
            if number > 0:
                sent += of_operation(operation, mode, number, f"{seed}/{mode}/{operation.label}", send)


def of_operation(operation, mode, count, seed, send):
    sent = 0

    @hypothesis.seed(zlib.crc32(seed.encode()))
    @hypothesis.settings(max_examples=count, database=None, deadline=None, phases=[hypothesis.Phase.generate],
                         suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def one(case):
        nonlocal sent
        sent += 1
        if "at_least" in (case.query or {}) and sent % WAITING_ONE_IN:
            case.query.pop("at_least")
        text = wire(case)
        send({"pieces": [text], "ends": "at once" if sent % 4 == 0 else "answered", "requests": [text], "is_one": True})

    try:
        one()
    except hypothesis.errors.Unsatisfiable:
        pass  # An operation without parameters has no wrong requests.
    return sent


def wire(case):
    """The bytes that a client would send, as text of one character a byte."""
    arguments = case.as_transport_kwargs(base_url="http://localhost")
    known = ("method", "url", "headers", "params", "cookies", "json", "data", "files")
    prepared = requests.Request(**{name: value for name, value in arguments.items() if name in known}).prepare()
    body = prepared.body or b""
    body = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b"".join(body)
    headers = {**prepared.headers, "Host": "localhost"}
    headers.pop("X-Schemathesis-TestCaseId", None)  # Another one each time.
    if body or "Content-Length" in headers:
        headers["Content-Length"] = str(len(body))
        headers.pop("Transfer-Encoding", None)
    head = "".join(f"{name}: {text(value)}\r\n" for name, value in headers.items())
    return f"{prepared.method} {text(prepared.path_url)} HTTP/1.1\r\n{head}\r\n" + body.decode("latin-1")


def text(value):
    return value.decode("latin-1") if isinstance(value, bytes) else value.encode("utf-8").decode("latin-1")
