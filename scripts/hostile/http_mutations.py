"""Requests as clients send them, and what can be done to their bytes."""

# Requests that are larger than any may be: one in so many.
OVERSIZED_ONE_IN = 200
POSTED = [
    b"/v1/records", b"/v1/peers", b"/v1/members/changes", b"/block", b"/data", b"/mineBlock", b"/addPeer", b"/peers",
    b"/faces/apistar/block", b"/faces/pynaivechain/data", b"/faces/pynaivechain/peers", b"/faces/naivechain/mineBlock",
    b"/faces/naivechain/addPeer"
]
JSON = b"Content-Type: application/json\r\n"


def request(method, target, headers=b"", body=None):
    length = b"" if body is None else b"Content-Length: %d\r\n" % len(body)
    return b"%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n%s" % (method, target, headers, length, body or b"")


def chunked(target, headers, *chunks):
    body = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in [*chunks, b""])
    return b"POST %s HTTP/1.1\r\nHost: localhost\r\n%sTransfer-Encoding: chunked\r\n\r\n%s" % (target, headers, body)


def captures(leaf, block):
    """One request of each sort that is sent in earnest. leaf, block: hashes that the node has."""
    lines = b"Content-Type: application/x-ndjson\r\n"
    gets = [
        b"/v1/records/0", b"/v1/records?from=0&limit=2", b"/v1/records?leaf_hash=" + leaf,
        b"/v1/records/0/proof?tree_size=1", b"/v1/records/0/tlog-proof", b"/v1/consistency?from=1&to=2",
        b"/v1/blocks?from=0&limit=3", b"/v1/blocks/head?records=true", b"/v1/blocks/" + block, b"/v1/blocks/0",
        b"/v1/validate", b"/v1/node", b"/v1/peers", b"/v1/members", b"/v1/note-keys", b"/checkpoint",
        b"/tile/0/000.p/1", b"/tile/entries/000.p/1", b"/healthz", b"/readyz", b"/metrics", b"/openapi.json", b"/",
        b"/validate", b"/data", b"/node", b"/peers", b"/blocks", b"/faces/apistar", b"/v1/records/0?at_least=0"
    ]
    found = [request(b"GET", target, b"Accept: */*\r\nUser-Agent: curl/8.5.0\r\n") for target in gets]
    found += [
        request(b"GET", target, b"Accept: " + accept + b"\r\n")
        for target, accept in [(b"/v1/records?from=0",
                                b"application/x-ndjson"), (b"/v1/blocks/0", b"application/octet-stream"),
                               (b"/v1/validate",
                                b"text/event-stream"), (b"/", b"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")]
    ]
    found += [
        request(b"HEAD", b"/v1/node"),
        request(b"OPTIONS", b"/v1/records"),
        request(b"GET", b"/checkpoint", b'If-None-Match: "x"\r\n')
    ]
    found += [
        request(b"POST", b"/v1/records", JSON + b"Idempotency-Key: order-17\r\n",
                b'{"asset":"house 7","owner":"alice"}'),
        request(b"POST", b"/v1/records?leaf_hashes=true", lines, b'{"a":1}\n{"b":2}\n'),
        request(b"POST", b"/v1/records", JSON + b"Expect: 100-continue\r\n", b'"paid"'),
        chunked(b"/v1/records", JSON, b'{"a"', b":1}"),
        chunked(b"/v1/records", lines, b'{"a":1}\n', b'{"b":2}\n'),
        request(b"POST", b"/v1/tamper", b"", b""),
        request(b"POST", b"/v1/peers", JSON, b'{"address":"127.0.0.1:1"}'),
        request(b"POST", b"/v1/members/changes", JSON, b'{"chain":"00","epoch":0}'),
        request(b"POST", b"/block", b"", b'"example data"'),
        request(b"POST", b"/data", JSON, b'{"data":"x"}'),
        request(b"POST", b"/mineBlock", JSON, b'{"data":"x"}'),
        request(b"POST", b"/addPeer", JSON, b'{"peer":"ws://127.0.0.1:1"}'),
        request(b"POST", b"/peers", JSON, b'{"host":"127.0.0.1","port":1}')
    ]
    for target in POSTED:
        found += [request(b"POST", target, b"Content-Type: text/plain\r\n", b"1"), request(b"POST", target, b"", b"1")]
    return found


def oversized(chance):
    """A whole request with a body that is larger than any record may be."""
    kind = chance.choice([b"application/json", b"application/x-ndjson", b"text/plain"])
    return request(b"POST", chance.choice(POSTED), b"Content-Type: %s\r\n" % kind, b"1" * 600_000)


VALUES = [
    b"", b" ", b"0", b"-1", b"+1", b"1 ", b"\t1", b"0x10", b"1e3", b"1,1", b"1, 2", b"18446744073709551615",
    b"18446744073709551616", b"9223372036854775808", b"9" * 400, b"chunked", b"gzip, chunked", b"chunked, chunked",
    b"chunked;q=1", b"identity", b"\x0bchunked", b"xchunked", b"close", b"keep-alive, close", b"localhost:evil.com",
    b"localhost:99999", b"[::1", b"a@localhost", b"evil.example", b"\xff\xfe", b"\x00", b"a\rb", b"*/*;q=2",
    b"100-continue", b"application/json; charset=utf-16", b"application/x-ndjson; \xff", b"websocket", b"h2c", b"null",
    b"http://localhost", b"http://evil.example", b"x" * 20_000
]
NAMES = [
    b"Content-Length", b"Transfer-Encoding", b"Host", b"Connection", b"Expect", b"Content-Type", b"Accept",
    b"Idempotency-Key", b"Upgrade", b"Origin", b"TE", b"Trailer", b"Sec-Fetch-Site", b"Referer", b"If-None-Match",
    b"Range", b"Accept-Encoding", b"Content-Encoding", b"X", b"", b"a b", b"Host ", b"\x80", b"x" * 20_000
]
TARGETS = [
    b"", b"*", b"//", b"/" * 300, b"/.", b"/../../etc/passwd", b"/%", b"/%00", b"/%ff", b"/%2e%2e/",
    b"http://localhost/v1/node", b"http://evil.example/", b"localhost:80", b"/v1/records/18446744073709551615",
    b"/v1/records/18446744073709551616", b"/v1/records/-1", b"/v1/records/00", b"/v1/records/9223372036854775808/proof",
    b"/v1/records/0/proof?tree_size=18446744073709551615",
    b"/v1/records?from=18446744073709551615&limit=18446744073709551615", b"/v1/records?limit=0",
    b"/v1/records?limit=-1", b"/v1/blocks?from=18446744073709551615", b"/v1/blocks/18446744073709551615",
    b"/v1/blocks/9007199254740993", b"/v1/consistency?from=18446744073709551615&to=0", b"/v1/consistency",
    b"/v1/validate?from=18446744073709551615", b"/v1/validate?from=2&to=1", b"/v1/validate?to=18446744073709551615",
    b"/tile/0/x999/x999/x999/x999/x999/x999/x999/999", b"/tile/63/000", b"/tile/8/000", b"/tile/-1/000",
    b"/tile/0/000.p/256", b"/tile/0/000.p/0", b"/tile/18446744073709551616/000", b"/tile/entries/x999/999.p/255",
    b"/tile/0/" + b"x000/" * 100 + b"000", b"/v1/records?from=0&from=1", b"/v1/records?from", b"/v1/records?=",
    b"/v1/records?&&&&", b"/v1/records?from=%30", b"/v1/records?leaf_hash=" + b"0" * 63, b"/?" + b"a=b&" * 3_000,
    b"/a b", b"/\xff", b"/v1/records/0#x", b"/v1//node", b"/v1/node/", b"/V1/NODE"
]
METHODS = [
    b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"PATCH", b"PRI", b"get", b"",
    b"G\x00T", b"X" * 5_000
]
VERSIONS = [
    b"HTTP/1.0", b"HTTP/1.1", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/3", b"HTTP/1.", b"HTTP/1.1 ", b"http/1.1",
    b"", b"HTTP/99999999999999999999.1", b"HTTP/-1.1"
]
BODIES = [
    b"", b"{", b"[" * 100_000, b'"\xff"', b"\xef\xbb\xbf1", b"1e400", b"9007199254740993", b'{"a":1,"a":2}',
    b'"' + b"x" * 70_000 + b'"', b" " * 530_000 + b"1", b"\n" * 5_000, b"1\n" * 9_000, b"\x00",
    b'{"address":"127.0.0.1:99999"}', b'{"address":"[::1"}', b'{"address":1}', b'{"peer":"ws://127.0.0.1:99999"}',
    b'{"host":"127.0.0.1","port":4294967297}', b'{"host":"127.0.0.1","port":-1}', b'{"host":"127.0.0.1","port":1.5}',
    b'{"data":' + b"[" * 127 + b"]" * 127 + b"}", b'{"data":null}', b"{}", b"[]", b"null", b'"\\ud800"'
]


def flip(data, chance):
    data = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 4, 16])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def cut(data, chance):
    return data[:chance.randrange(len(data))]


def insert(data, chance):
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.choice(
        [b"\r", b"\n", b"\r\n", b"\x00", b" ", b":", b"\xff", b"%",
         chance.randbytes(chance.randrange(1, 40))]) + data[place:]


def remove(data, chance):
    place = chance.randrange(len(data))
    return data[:place] + data[place + chance.choice([1, 1, 2, 10]):]


def rewrite_line(data, chance):
    line, rest = data.split(b"\r\n", 1) if b"\r\n" in data else (data, b"")
    parts = (line.split(b" ") + [b"", b"", b""])[:3]
    which = chance.randrange(3)
    parts[which] = chance.choice([METHODS, TARGETS, VERSIONS][which])
    return b" ".join(parts) + b"\r\n" + rest


def add_headers(data, chance):
    line, end, rest = data.partition(b"\r\n")
    added = b"".join(
        b"%s:%s%s\r\n" % (chance.choice(NAMES), chance.choice([b" ", b" ", b"", b"\t", b"  "]), chance.choice(VALUES))
        for _ in range(chance.choice([1, 1, 2, 3, 150])))
    return line + end + added + rest


def repeat_header(data, chance):
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    lines.insert(chance.randrange(1, len(lines) + 1), chance.choice(lines))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def drop_header(data, chance):
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if len(lines) > 1:
        lines.pop(chance.randrange(1, len(lines)))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def other_body(data, chance):
    head, _, _ = data.partition(b"\r\n\r\n")
    body = chance.choice(BODIES)
    lines = [
        line for line in head.split(b"\r\n") if not line.lower().startswith((b"content-length", b"transfer-encoding"))
    ]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body)]) + b"\r\n\r\n" + body


def other_chunks(data, chance):
    head, _, body = data.partition(b"\r\n\r\n")
    lines = [
        line for line in head.split(b"\r\n") if not line.lower().startswith((b"content-length", b"transfer-encoding"))
    ]
    size = chance.choice([
        b"0", b"1", b"-1", b"+5", b"0x5", b"ffffffff", b"7fffffffffffffff", b"8000000000000000", b"ffffffffffffffff",
        b"10000000000000000", b"5;" + b"x" * 20_000, b"5;a=b", b" 5", b"5 ", b"", b"g",
        b"%x" % len(body)
    ])
    end = chance.choice([
        b"\r\n0\r\n\r\n", b"\r\n0\r\nX: y\r\n\r\n", b"\r\n0\r\n" + b"X: y\r\n" * 2_000 + b"\r\n", b"0\r\n\r\n", b"\r\n",
        b"", b"\r\n0\r\nContent-Length: 5\r\n\r\n"
    ])
    return b"\r\n".join([*lines, b"Transfer-Encoding: chunked"]) + b"\r\n\r\n" + size + b"\r\n" + (body
                                                                                                   or b"12345") + end


def bare_lines(data, chance):
    return data.replace(b"\r\n", chance.choice([b"\n", b"\r", b"\n\r"]), chance.choice([1, -1]))


MUTATIONS = [
    flip, flip, cut, cut, insert, remove, rewrite_line, rewrite_line, add_headers, add_headers, repeat_header,
    drop_header, other_body, other_body, other_chunks, bare_lines
]


def mutated(corpus, chance):
    """What one connection sends: its pieces, the requests if they are as they were, and how it ends."""
    if chance.randrange(OVERSIZED_ONE_IN) == 0:
        data = oversized(chance)
        return [data], [data], "answered"
    requests, is_whole = [], True
    for _ in range(chance.choice([1, 1, 1, 1, 2, 3, 20])):
        data = chance.choice(corpus)
        for _ in range(chance.choice([0, 1, 1, 1, 2, 3])):
            data, is_whole = (chance.choice(MUTATIONS)(data, chance) if data else b""), False
        requests.append(data)
    data = b"".join(requests)
    places = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice([0, 0, 0, 1, 2, 5])))
    pieces = [data[start:end] for start, end in zip([0, *places], [*places, len(data)])]
    return pieces, requests if is_whole else None, chance.choice(["at once"] * 15 + ["answered"] * 15 + ["reset"])
