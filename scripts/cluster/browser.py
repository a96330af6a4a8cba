"""Reads as browsers and other readers do them: pages, streams that are broken off, validation as it goes."""
import http.client
import json
import random
import threading
import time

# What a node may say when it can't answer now: its disk is full, its history isn't there, it is behind.
PATIENT = (503, 504, 507)


class Busy(OSError):
    """The node can't answer now."""


class Browser(threading.Thread):
    """One reader that does one thing after the other, at a bounded rate, at whatever node there is."""

    def __init__(self, load, seed, pause):
        super().__init__(daemon=True)
        self.load, self.pause = load, pause
        self.chance = random.Random(seed)
        self.is_over = threading.Event()
        self.counts, self.failures, self.unanswered = {}, [], 0

    def run(self):
        kinds = [self.page] * 6 + [self.record] * 6 + [self.latest] * 3 + [self.operator] * 3 + [self.tiles] * 2 + [
            self.broken_off, self.waits, self.validation]
        while not self.is_over.wait(self.pause):
            kind, node = self.chance.choice(kinds), self.chance.choice(self.load.nodes)
            connection = http.client.HTTPConnection(node.host, node.http_port, timeout=5)
            try:
                kind(node, connection)
                self.counts[kind.__name__] = self.counts.get(kind.__name__, 0) + 1
            except (OSError, http.client.HTTPException):
                self.unanswered += 1  # it is down, or stands still
            except (ValueError, KeyError) as error:
                self.failures.append(f"{node}: {kind.__name__}: {error!r}")
            finally:
                connection.close()

    def stop(self):
        self.is_over.set()
        self.join(timeout=60)

    def get(self, node, connection, path, **headers):
        """The body. Several by one connection, as a page's are."""
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read()
        if response.status in PATIENT:
            raise Busy(path)
        if response.status != 200:
            raise ValueError(f"{path} is answered with {response.status}: {body[:200]!r}")
        return body

    def page(self, node, connection):
        """The explorer, as it loads: the page, the node, its newest blocks, the records of one."""
        self.get(node, connection, "/")
        head = json.loads(self.get(node, connection, "/v1/node"))["head"]["index"]
        for index in range(max(0, head - 5), head + 1):
            self.get(node, connection, f"/v1/blocks/{index}")
        self.get(node, connection, f"/v1/blocks/{self.chance.randrange(max(0, head - 500), head + 1)}?records=true")

    def record(self, node, connection):
        """Any record that was acknowledged, and its proof: it has to be there, and the same."""
        with self.load.lock:
            number = self.chance.choice(list(self.load.acknowledged)[-2_000:])
            record = self.load.acknowledged[number]
        body = self.get(node, connection, f"/v1/records/{number}?at_least={number}")
        if json.loads(body)["data"] != record:
            raise ValueError(f"record {number} is another than {record}: {body[:200]!r}")
        self.get(node, connection, f"/v1/records/{number}/proof")

    def latest(self, node, connection):
        """The newest records as NDJSON."""
        size = json.loads(self.get(node, connection, "/v1/node"))["head"]["tree_size"]
        body = self.get(node, connection, f"/v1/records?from={max(0, size - 300)}", Accept="application/x-ndjson")
        for line in body.splitlines():
            json.loads(line)

    def broken_off(self, node, connection):
        """A stream of everything, whose reader leaves."""
        connection.request("GET", "/v1/records?from=0", headers={"Accept": "application/x-ndjson"})
        connection.getresponse().read(50_000)

    def waits(self, node, connection):
        """For a record that isn't there yet; the reader leaves before."""
        connection.timeout = 0.5
        connection.connect()
        connection.request("GET", f"/v1/records/{1 << 40}?at_least={1 << 40}")
        try:
            connection.getresponse()
        except TimeoutError:
            pass

    def validation(self, node, connection):
        """The explorer's check of the whole ledger, by events; every third reader leaves."""
        connection.request("GET", "/v1/validate", headers={"Accept": "text/event-stream"})
        response = connection.getresponse()
        if response.status != 200 or self.chance.random() < 1 / 3:
            return
        deadline = time.monotonic() + 60
        for line in response:
            if line.startswith(b"data:") and b'"valid"' in line and not json.loads(line[5:])["valid"]:
                raise ValueError(f"the ledger is not valid: {line!r}")
            if time.monotonic() > deadline or self.is_over.is_set():
                return

    def operator(self, node, connection):
        for path in ("/metrics", "/healthz", "/v1/peers", "/openapi.json", "/readyz"):
            self.get(node, connection, path)

    def tiles(self, node, connection):
        bundles = int(self.get(node, connection, "/checkpoint").split(b"\n")[1]) // 256
        if bundles:
            bundle = self.chance.randrange(min(bundles, 1_000))  # of which the path is three digits
            self.get(node, connection, f"/tile/0/{bundle:03}")
            self.get(node, connection, f"/tile/entries/{bundle:03}")
