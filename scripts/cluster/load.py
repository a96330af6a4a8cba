"""Clients that append unique records, and remember what was acknowledged."""
import http.client
import itertools
import json
import random
import threading
import time

from process import Failure, wait_for


class Client(threading.Thread):
    """Sends one record after another. Each goes, under its own key, to one node after the other until one acknowledges it."""

    def __init__(self, load, name):
        super().__init__(daemon=True)
        self.load, self.name_ = load, name
        self.chance = random.Random(name)
        self.connection = self.node = None

    def run(self):
        for sequence in itertools.count():
            record = {"client": self.name_, "sequence": sequence, "fill": "x" * self.chance.randrange(200)}
            while not self.load.is_over.is_set():
                number = self.send(record, f"{self.name_}-{sequence}")
                if number is not None:
                    self.load.acknowledge(number, record, self.node)
                    break
            if self.load.is_over.is_set():
                return

    def send(self, record, key):
        """The record's number; None when this node didn't acknowledge it, and the next one is to be asked."""
        # Now and then to another node, so that all take part, also one that is back.
        if self.node not in self.load.nodes or self.chance.random() < 0.05:
            self.disconnect()
            self.node = self.chance.choice(self.load.nodes)
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(
                    self.node.host, self.node.http_port, timeout=self.load.timeout)
            self.connection.request(
                "POST", "/v1/records", json.dumps(record),
                {"Content-Type": "application/json", "Idempotency-Key": key})
            response = self.connection.getresponse()
            answer = json.loads(response.read())
            if response.status in (200, 201):
                return answer["number"]
            if response.status not in (503, 504, 507):
                self.load.fail(f"{self.node} answered {record} with {response.status}: {answer}")
        except (OSError, http.client.HTTPException, ValueError):
            pass
        self.disconnect()
        self.load.is_over.wait(0.05)  # a node that refuses at once is not to be asked a thousand times a second
        return None

    def disconnect(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = self.node = None


class Load:
    """Several clients, spread over the nodes that they are told of."""

    def __init__(self, nodes, clients=6, timeout=5):
        self.nodes, self.timeout = list(nodes), timeout
        self.lock = threading.Lock()
        self.acknowledged, self.failures = {}, []
        self.count, self.count_of = 0, {}
        self.is_over = threading.Event()
        self.clients = [Client(self, f"c{number}") for number in range(clients)]

    def start(self):
        for client in self.clients:
            client.start()
        self.wait_for_progress()
        return self

    def acknowledge(self, number, record, node):
        with self.lock:
            if self.acknowledged.setdefault(number, record) != record:
                self.failures.append(f"number {number} was given to {record} and to {self.acknowledged[number]}")
            self.count += 1
            self.count_of[node.number] = self.count_of.get(node.number, 0) + 1

    def fail(self, text):
        with self.lock:
            self.failures.append(text)
        self.is_over.set()

    def wait_for_progress(self, records=20, seconds=60, node=None):
        """Waits until so many records more were acknowledged, of all nodes or of one."""
        def count():
            return self.count if node is None else self.count_of.get(node.number, 0)
        target = count() + records
        began = time.monotonic()
        wait_for(f"{records} records more are acknowledged{f' by {node}' if node else ''}",
                 lambda: count() >= target or self.failures, seconds)
        self.check()
        return time.monotonic() - began

    def check(self):
        if self.failures:
            raise Failure("; ".join(self.failures[:5]))

    def stop(self):
        self.is_over.set()
        for client in self.clients:
            client.join(timeout=60)
        self.check()
