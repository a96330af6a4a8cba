"""The HTTP interface of the program that ships, as bytes: what a client library would never send, or never show."""
import json
import re
import socket

import pytest
import quickjs

JSON = "Host: localhost\r\nContent-Type: application/json\r\n"


def exchange(node, text, half_close=False, seconds=20):
    """Sends bytes, and returns all that comes back until the connection ends or says nothing more."""
    with socket.create_connection((node.host, node.http_port), timeout=seconds) as link:
        link.sendall(text.encode())
        if half_close:
            link.shutdown(socket.SHUT_WR)
        answer = b""
        while not (not half_close and complete(answer)):
            piece = link.recv(65_536)
            if not piece:
                break
            answer += piece
    return answer.decode()


def complete(answer):
    """Whether a whole answer with a length is there."""
    head, separator, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    return bool(separator and length and len(body) >= int(length[1]))


def status(answer):
    return int(answer.split()[1]) if answer else None


def post(fields, body="1"):
    return f"POST /v1/records HTTP/1.1\r\n{JSON}{fields}\r\n\r\n{body}"


@pytest.mark.parametrize("host, expected", [
    ("localhost", 200), ("LOCALHOST.:80", 200), ("127.0.0.1:", 200), ("[::1]:5000", 200),
    ("localhost:evil.com", 400), ("localhost@evil.com", 400), ("localhost:80@evil.com", 400), ("user@localhost", 400),
    ("localhost:80:evil.com", 400), ("[::1]evil.com", 400), ("[::1", 400), ("localhost/evil.com", 400),
    ("localhost\r\nHost: localhost", 400), ("localhost:99999", 400), ("localhost.evil.com", 421), ("evil.com", 421),
    ("127.0.0.1.evil.com", 421)])
def test_c8_the_guard_reads_all_of_a_host(node, host, expected):
    assert status(exchange(node, f"GET /v1/node HTTP/1.1\r\nHost: {host}\r\n\r\n")) == expected


@pytest.mark.parametrize("target, expected", [
    ("http://localhost/v1/node", 200), ("http://evil.com/v1/node", 421), ("http://localhost@evil.com/v1/node", 400),
    ("http://localhost:evil.com/v1/node", 400)])
def test_c8_the_guard_reads_the_host_of_a_target(node, target, expected):
    assert status(exchange(node, f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")) == expected


def test_d1_a_request_is_answered_when_the_client_has_closed_its_side(node):
    answer = exchange(node, post("Content-Length: 1"), half_close=True)
    assert status(answer) == 201
    assert json.loads(answer.partition("\r\n\r\n")[2])["number"] == 0
    for path in ["/v1/records/0", "/v1/validate", "/v1/records/0/tlog-proof", "/"]:
        assert status(exchange(node, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n", half_close=True)) == 200
    pipeline = (post("Content-Length: 1") + "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n") * 10
    assert re.findall(r"HTTP/1.1 (\d+)", exchange(node, pipeline, half_close=True)) == ["201", "200"] * 10


def test_d1_half_a_request_is_answered_too(node):
    assert status(exchange(node, post("Content-Length: 2"), half_close=True)) == 400
    assert exchange(node, "", half_close=True) == ""
    assert node.status["head"]["tree_size"] == 0


@pytest.mark.parametrize("blank", [" ", "\t", " \t "], ids=["space", "tab", "both"])
def test_d2_white_space_around_a_value_is_no_part_of_it(node, blank):
    assert status(exchange(node, post(f"Content-Length: 1{blank}"))) == 201
    assert status(exchange(node, post(f"Content-Length:{blank}1{blank}\r\nIdempotency-Key: a{blank}"))) == 201
    assert status(exchange(node, post(f"Transfer-Encoding: chunked{blank}", "1\r\n1\r\n0\r\n\r\n"))) == 201
    assert status(exchange(node, f"GET /v1/node HTTP/1.1\r\nHost:{blank}localhost{blank}\r\n\r\n")) == 200


def test_d3_from_no_records_the_proof_is_empty(node):
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert node.get("/v1/consistency?from=0") == {
        "from": 0, "to": 0, "from_root": empty, "to_root": empty, "path": []}
    node.append(1, "a")
    root = node.status["head"]["tree_root"]
    assert node.get("/v1/consistency?from=0") == {"from": 0, "to": 1, "from_root": empty, "to_root": root, "path": []}
    assert node.request("GET", "/v1/consistency?from=0&to=2")[0] == 404


@pytest.mark.parametrize("codings, expected", [
    ("gzip, chunked", 501), ("gzip\r\nTransfer-Encoding: chunked", 501), ("x, chunked", 501), ("gzip", 400),
    ("chunked, gzip", 400), ("chunked, chunked", 400), ("", 400), ("Chunked", 201)])
def test_d4_transfer_codings(node, codings, expected):
    assert status(exchange(node, post(f"Transfer-Encoding: {codings}", "1\r\n1\r\n0\r\n\r\n"))) == expected
    assert node.status["head"]["tree_size"] == (1 if expected == 201 else 0)


def test_d14_ill_formed_parameters_are_refused_whatever_the_body_is(node):
    for query in ["leaf_hashes=AAA", "leaf_hashes=", "leaf_hashes=TRUE", "leaf_hashes=true&leaf_hashes=true", "x=1"]:
        assert status(exchange(node, post("Content-Length: 1").replace("/records", f"/records?{query}"))) == 400
    assert node.status["head"]["tree_size"] == 0


def test_d14_refusals_are_described(node):
    paths = node.get("/openapi.json")["paths"]
    for path in ["/addPeer", "/mineBlock", "/faces/naivechain/addPeer", "/faces/naivechain/mineBlock"]:
        answer, _ = node.request("POST", path, "x", {"Content-Type": "text/plain"})
        assert answer == 415 and "415" in paths[path]["post"]["responses"]


@pytest.fixture
def page(node):
    """The explorer as it is served."""
    code, body = node.request("GET", "/", headers={"Accept": "text/html"})
    assert code == 200
    return body.decode()


@pytest.fixture
def script(page):
    """The part of the explorer's script that says how characters are shown."""
    engine = quickjs.Context()
    engine.eval(page.partition("// MARK: Characters")[2].partition("// MARK: Elements")[0])
    return engine


@pytest.mark.parametrize("text, shown", [
    ("a\u202eb", ["a", ["⟨U+202E⟩"], "b"]), ("\u2066\u2069", [["⟨U+2066⟩⟨U+2069⟩"]]), ("a\u200b", ["a", ["⟨U+200B⟩"]]),
    ("\ufeff\u00ad\u2060", [["⟨U+FEFF⟩⟨U+00AD⟩⟨U+2060⟩"]]), ("\x9b\x7f\x00\t\r", [["⟨U+009B⟩⟨U+007F⟩⟨U+0000⟩⟨U+0009⟩⟨U+000D⟩"]]),
    ("\U000e0041", [["⟨U+E0041⟩"]]), ("\u3164\u115f\u034f\ufe0f", [["⟨U+3164⟩⟨U+115F⟩⟨U+034F⟩⟨U+FE0F⟩"]]),
    ("\u00a0\u2003\u3000\u2800", [["⟨U+00A0⟩⟨U+2003⟩⟨U+3000⟩⟨U+2800⟩"]]), ("\u2028\u2029\u0085", [["⟨U+2028⟩⟨U+2029⟩⟨U+0085⟩"]]),
    ("{\n  \"a\": 1\n}", ["{\n  \"a\": 1\n}"]), ("é שלום 漢字 😀", ["é שלום 漢字 😀"]), ("", [])])
def test_c9_the_explorer_shows_characters_that_are_not_seen(script, text, shown):
    assert json.loads(script.eval(f"JSON.stringify(pieces({json.dumps(text)}))")) == shown
    assert script.eval(f"spelled({json.dumps(text)})") == "".join(piece if isinstance(piece, str) else piece[0] for piece in shown)


def test_c9_everything_is_drawn_by_the_one_function(page):
    """Text gets into the page by `element` alone, which marks it."""
    source = page.partition("<script>")[2].partition("// MARK: Elements")[2]
    element, rest = source.partition("// MARK: Blocks")[::2]
    assert "shown(String(child))" in element and "spelled(value)" in element
    for forbidden in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "createTextNode", ".append("]:
        assert forbidden not in rest.replace("facts.append(element(", "")
    # Besides, the title is spelled, and a heading is given a number.
    assert re.findall(r"\.(?:textContent|title) = (.*);", rest) == ['spelled(node.name) + " – Cairn"', '"Block " + index']
