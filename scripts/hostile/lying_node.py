"""An HTTP server that answers as a node does, but for something: for the commands that ask nodes."""
import http.client
import http.server
import json
import random
import threading

from values import DURATIONS, NUMBERS, TEXTS

JSON_NUMBERS = [
    0, -1, 1, 1.5, 2**31, 2**32, 2**53 - 1, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -2**63, 1e300, -1e-300, 65536
]
TEXTS_OF_NODES = [text.encode("utf-8", "replace").decode() for text in TEXTS] + NUMBERS + DURATIONS + [
    "2026-13-45T99:99:99Z", "9999-12-31T23:59:59.999999Z", "\x1b]0;x\x07", "\x9b2J"
]


class LyingNode:
    """What it answers follows from the first part of the path, which is taken off before the real node is asked."""

    def __init__(self, node):
        lying = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                lying.answer(self, None)

            def do_POST(self):
                lying.answer(self, self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def log_message(self, *_):
                pass

        self.node = node
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # A client that went away.
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request, body):
        _, seed, path = (request.path + "//").split("/", 2)
        chance = random.Random(f"{seed} {path}")
        status, kind, data = self.truth(request, "/" + path.rstrip("/"), body)
        status, kind, data = self.lie(status, kind, data, chance) if chance.random() < 0.5 else (status, kind, data)
        request.send_response(status)
        request.send_header("Content-Type", kind)
        how = chance.random()
        request.send_header("Content-Length", str(len(data) + (100 if how < 0.05 else 0)))
        if how < 0.1:
            request.send_header("Retry-After", chance.choice(["0", "1", "-1", "99999999999999999999", "x"]))
            request.send_header("Location", chance.choice(["/", "http://127.0.0.1:1/", "\x0b"]))
            request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(data)
        request.close_connection = how < 0.1

    def truth(self, request, path, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.node.http_port, timeout=10)
        try:
            headers = {
                name: request.headers[name]
                for name in ("Accept", "Content-Type", "Idempotency-Key") if name in request.headers
            }
            connection.request(request.command, path, body, headers)
            response = connection.getresponse()
            return response.status, response.getheader("Content-Type") or "text/plain", response.read()
        finally:
            connection.close()

    def lie(self, status, kind, data, chance):
        how = chance.randrange(10)
        if how < 5 and "json" in kind:
            lines = data.split(b"\n") if "ndjson" in kind else [data]
            place = chance.randrange(len(lines))
            try:
                lines[place] = json.dumps(self.other(json.loads(lines[place]), chance), ensure_ascii=False).encode(
                    "utf-8", "surrogatepass")
            except ValueError:
                pass
            return status, kind, b"\n".join(lines)
        if how < 7 and data:
            flipped = bytearray(data)
            for _ in range(chance.choice([1, 3])):
                flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            return status, kind, bytes(flipped)
        if how == 7:
            return chance.choice([200, 201, 204, 301, 400, 404, 409, 500, 503, 599]), kind, data
        if how == 8:
            return status, kind, chance.choice([
                b"", b"[" * 100_000, b"{", b"\xff", b"null", b"[]", b"1" * 5_000, data[:len(data) // 2], data * 2,
                b"\n" * 100_000
            ])
        return status, chance.choice(["text/html", "", "application/json", "\x0b"]), data

    def other(self, value, chance):
        """The value with one thing in it that is another."""
        if isinstance(value, dict) and value and chance.random() < 0.9:
            key = chance.choice(sorted(value))
            how = chance.random()
            if how < 0.08:
                return {name: content for name, content in value.items() if name != key}
            return {**value, key: self.other(value[key], chance)
                    } if how < 0.95 else {**value, chance.choice(TEXTS_OF_NODES): value[key]}
        if isinstance(value, list) and value and chance.random() < 0.9:
            how, place = chance.random(), chance.randrange(len(value))
            if how < 0.2:
                return chance.choice([[], value * 2, value[::-1], value * 2_000])
            return [*value[:place], self.other(value[place], chance), *value[place + 1:]]
        if isinstance(value, (int, float)) and not isinstance(value, bool) and chance.random() < 0.9:
            return chance.choice(JSON_NUMBERS + [value + 1, value - 1])
        if isinstance(value, str) and chance.random() < 0.9:
            return chance.choice(TEXTS_OF_NODES + [value[:-1], value + "0", value.upper()])
        return chance.choice([None, True, [], {}, "", 0, [value], {"a": value}])
