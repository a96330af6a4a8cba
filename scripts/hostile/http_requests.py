#!/usr/bin/env python3
"""Throws generated HTTP requests at a node.

Half of them are made by schemathesis from the node's own /openapi.json, right and wrong ones; half are captures of
real requests with flipped bits, cut short, with headers twice, huge or missing, chunks that lie, in pipelines, in
pieces, half-closed and reset, over raw sockets. Without schemathesis, all are of the latter kind.

A finding is: a node that ends, doesn't answer /healthz, takes more memory or descriptors than is stated below, or
doesn't close a connection; an answer that is no HTTP; a 5xx that isn't documented, or is about a broken disk; an
answer to a request of the description that doesn't fit it; a whole request that gets no answer; a ledger that isn't
valid afterwards.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import random
import sys
import threading
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cluster"))
from cluster import free_ports  # noqa: E402
from findings import Findings, Workplace, arguments, replay  # noqa: E402
from http_contract import Contract  # noqa: E402
from http_mutations import captures, mutated  # noqa: E402
from http_wire import SECONDS_MAX, NoHTTP, exchange  # noqa: E402
from process import Failure, Node  # noqa: E402
import processes  # noqa: E402

# Connections at a time.
CONNECTIONS = 16
# The node begins anew after so many, so that what it holds stays small.
REQUESTS_A_LEDGER = 5_000
# After so many, the node is looked at.
REQUESTS_BETWEEN_LOOKS = 200
DESCRIPTORS_MAX = 400


class Target:
    """A node with a small ledger. When it ended, another takes its place."""

    def __init__(self, options, folder):
        self.options, self.folder, self.number = types.SimpleNamespace(binary=options.binary), folder, 0
        self.recent = collections.deque(maxlen=4 * CONNECTIONS)
        self.start()
        self.contract = Contract(self.node.get("/openapi.json"))

    def start(self):
        self.number += 1
        self.node = Node(self.options, self.number, self.folder / f"node{self.number}", "127.0.0.1", *free_ports(2))
        self.node.start([])
        for number in range(3):
            self.node.append({"n": number}, f"first-{number}")
        self.corpus = captures(
            self.node.get("/v1/records?from=0&limit=1")["records"][0]["leaf_hash"].encode(),
            self.node.get("/v1/blocks/1")["hash"].encode())
        self.recent.clear()

    def run(self, case):
        """Sends one case. Returns the kind of finding and what was seen, or None."""
        self.recent.append(case)
        pieces = [piece.encode("latin-1") for piece in case["pieces"]]
        data = b"".join(pieces)
        lines = [self.line(request) for request in case["requests"] or [case["pieces"][0]]]
        is_one = len(lines) == 1 and case["is_one"]
        try:
            done = exchange(self.node.http_port, pieces, [line[0] for line in lines], case["ends"],
                            len(case["requests"] or []))
        except NoHTTP as error:
            return None if not case["requests"] and b"HEAD" in data else (f"no HTTP: {str(error)[:30]}", str(error))
        except OSError as error:
            return ("refuses connections", repr(error)) if self.node.is_running else None
        return self.judge(case, done, lines, is_one)

    def judge(self, case, done, lines, is_one):
        if not done.did_close:
            return "doesn't close a connection", f"after {SECONDS_MAX} s, {[answer.status for answer in done.answers]}"
        answers = [answer for answer in done.answers if answer.status >= 200]
        for number, answer in enumerate(answers):
            method, target = lines[number] if (case["requests"] or is_one) and number < len(lines) else ("", "")
            if found := self.contract.fault(answer, method, target, is_wild=not case["requests"]):
                return found
        if case["requests"] and case["ends"] != "reset" and len(answers) < len(lines) and self.node.is_running:
            how = "to a client that has shut down writing" if case[
                "ends"] == "at once" else f"to {lines[len(answers)][0]}"
            return (
                f"no answer {how}",
                f"{len(answers)} answers to {len(lines)} whole requests, of which the next is {lines[len(answers)]}")
        return None

    def line(self, text):
        parts = text.lstrip("\r\n").split("\r\n", 1)[0].split(" ")
        return (parts[0], parts[1]) if len(parts) == 3 else ("", "")

    def look(self):
        """Whether the node is as it should be. Returns the kind of finding and what was seen, or None."""
        if not self.node.is_running:
            code = self.node.process.returncode if self.node.process else None
            return processes.crash(code or 0) or f"ended with {code}", self.node.tail()
        try:
            if not self.node.get("/healthz")["alive"]:
                return "not alive", self.node.tail()
        except (OSError, ValueError, KeyError) as error:
            return "doesn't answer", f"/healthz: {error!r}\n{self.node.tail()}"
        memory = processes.memory_bytes(self.node.process.pid)
        if memory > processes.MEMORY_BYTES_MAX:
            return "memory", f"{memory >> 20} MB"
        descriptors = len(os.listdir(f"/proc/{self.node.process.pid}/fd"))
        return ("descriptors", f"{descriptors} open") if descriptors > DESCRIPTORS_MAX else None

    def renew(self):
        """Stops the node, has its ledger verified, and starts another one. Returns what was found, or None."""
        try:
            self.node.stop()
            done = self.node.cairn("verify", "--data", self.node.data, check=False)
            return None if done.returncode == 0 else ("the ledger isn't valid", done.stdout + done.stderr)
        except Failure as failure:
            self.node.kill()
            return "doesn't stop", str(failure)
        finally:
            self.start()

    def guilty(self, found):
        """Which of the last requests ends a node: each is tried on a new one. All of them, if none does it alone."""
        suspects = list(self.recent)
        for case in reversed(suspects):
            if not self.node.is_running:
                self.node.kill()
                self.start()
            self.run(case)
            if again := self.look():
                return again[0], case, again[1]
        return found[0], suspects, found[1]


class Sender:
    """Sends cases from many threads, and looks at the node now and then."""

    def __init__(self, target, findings):
        self.target, self.findings = target, findings
        self.pool = concurrent.futures.ThreadPoolExecutor(CONNECTIONS)
        self.room = threading.Semaphore(2 * CONNECTIONS)
        self.sent, self.pending = 0, []

    def send(self, case):
        self.room.acquire()
        self.pending.append(self.pool.submit(self.one, case))
        self.sent += 1
        if self.sent % REQUESTS_BETWEEN_LOOKS == 0:
            self.settle()
        if self.sent % REQUESTS_A_LEDGER == 0:
            self.keep(self.target.renew(), list(self.target.recent))

    def one(self, case):
        try:
            found = self.target.run(case)
            self.findings.count(len(case["requests"] or [1]))
            self.keep(found, case)
        finally:
            self.room.release()

    def keep(self, found, case):
        if found:
            self.findings.add(found[0], case, found[1])

    def settle(self):
        for future in self.pending:
            future.result()
        self.pending.clear()
        if found := self.target.look():
            kind, case, seen = self.target.guilty(found)
            self.findings.add(kind, case, seen)
            if not self.target.node.is_running:
                self.target.node.kill()
                self.target.start()


def mutations(target, count, seed, send):
    for number in range(count):
        chance = random.Random(f"{seed}/{number}")
        pieces, requests, ends = mutated(target.corpus, chance)
        send({
            "pieces": [piece.decode("latin-1") for piece in pieces], "ends": ends,
            "requests": [data.decode("latin-1") for data in requests] if requests else None,
            "is_one": data_is_one(pieces)
        })


def data_is_one(pieces):
    return b"".join(pieces).count(b" HTTP/") <= 1 and len(pieces) == 1


def smaller(case):
    """The case with a part less: a half, a quarter … of its bytes, or one of its lines."""
    if isinstance(case, list) or case["requests"]:
        return
    text = "".join(case["pieces"])
    if len(case["pieces"]) > 1:
        yield {**case, "pieces": [text]}
    size = len(text) // 2
    while size >= 1 and size * 20 >= len(text):
        for place in range(0, len(text), size):
            yield {**case, "pieces": [text[:place] + text[place + size:]]}
        size //= 2


def main():
    options = arguments(__doc__, 100_000)
    with Workplace() as folder:
        target, findings = Target(options, folder), Findings(options, "HTTP requests")
        sender = Sender(target, findings)
        try:
            if options.replay:
                return replay(options, lambda case: target.run(case) or target.look())
            try:
                from http_generated import generated
            except ImportError as error:
                print(f"http_requests: {error}: only mutated captures are sent", file=sys.stderr)
                generated = None
            with findings.until_interrupted():
                if generated:
                    generated(target.node.get("/openapi.json"), options.count // 2, options.seed, sender.send)
                mutations(target, options.count - sender.sent, options.seed, sender.send)
                sender.settle()
                sender.keep(target.renew(), list(target.recent))
            findings.shrink(smaller, lambda case: target.run(case) or (None
                                                                       if target.node.is_running else target.look()))
            return findings.finish()
        finally:
            sender.pool.shutdown(wait=False, cancel_futures=True)
            target.node.kill()


if __name__ == "__main__":
    sys.exit(main())
