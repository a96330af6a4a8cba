#!/usr/bin/env python3
"""Throws generated messages at the links of one node of a cluster of three.

A hostile node comes with TLS 1.3 and a node's key (a stranger's, now and then a member's own), WebSocket and a
greeting; then it sends messages of Sources/CairnPeers/Wire/link.proto: right ones, those that the nodes themselves
sent, and both with parts missing, twice, exchanged, nested, oversized, cut short and flipped, in whole and broken
frames, in the wrong order, before the greeting. Behind each it sends a ping, so that it is known to have been read.

A finding is: a member that ends or takes more memory than is stated; a ping without an answer or an end of the link;
an append that fails; appends that take longer than is stated below.
"""
import base64
import os
import pathlib
import random
import ssl
import statistics
import struct
import sys
import threading
import time
import types

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/cluster"))
from cluster import Cluster  # noqa: E402
from findings import Findings, Workplace, arguments, in_parallel, replay  # noqa: E402
from link_cases import Cases  # noqa: E402
from link_client import PING, Closed, Identity, Link, frame, greeting  # noqa: E402
from process import wait_for  # noqa: E402
from protobuf import decode, encode, read_messages  # noqa: E402
import processes  # noqa: E402

# Hostile links at a time; each has a new key after so many links.
LINKS = 4
LINKS_A_KEY = 50
# Appends, one every so often to each member in turn.
SECONDS_BETWEEN_APPENDS = 0.05
# The median may be so much longer than it was before, plus what a busy machine with few cores costs.
MEDIAN_FACTOR_MAX, MEDIAN_SECONDS_MORE = 5, 0.4
SECONDS_OF_ONE_MAX = 10
REFUSED = (ssl.SSLError, OSError, Closed)


class Ground:
    """The cluster, its corpus, and who appends to it."""

    def __init__(self, options, folder):
        self.options, self.folder, self.number, self.is_over = options, folder, 0, False
        self.messages = read_messages((ROOT / "Sources/CairnPeers/Wire/link.proto").read_text())
        self.start()

    def start(self):
        self.number += 1
        known = types.SimpleNamespace(binary=self.options.binary, founded=str(self.folder / "founded"))
        self.cluster = Cluster(known, self.folder / f"cluster{self.number}", 3, "majority").start()
        self.target, self.other = self.cluster.nodes[:2]
        for number in range(3):
            wait_for("an append",
                     lambda number=number: self.target.append({"n": number}, f"first-{number}") is not None)
        self.chain = self.target.status["chain"]
        seed = next(
            line.split()[1] for line in open(f"{self.cluster.nodes[2].data}/node.key") if line.startswith("seed"))
        self.member = Identity(self.chain, self.folder, bytes.fromhex(seed))
        self.recent = []

    def learn(self):
        """What the node itself says, with answers to each kind of request."""
        cases, identity = Cases(self.messages), Identity(self.chain, self.folder)
        link = Link(self.target.link_port, identity)
        try:
            link.send(greeting(identity))
            head = self.target.status["head"]["index"]
            requests = [[12, 0, 1], [14, 0, 1], [16, 2, [[1, 0, 1], [2, 0, head]]], [20, 0, 0], [22, 0, head],
                        [10, 2, [[1, 0, 0], [2, 0, 0], [3, 0, 9]]],
                        [3, 2, [[1, 0, 0], [2, 0, 1], [3, 0, 0], [4, 2, bytes(32)], [5, 0, 1]]]]
            for number, request in enumerate([None, *requests]):
                if request:
                    link.send(frame(encode([request])))
                token = struct.pack(">Q", number)
                time.sleep(0.1)  # An answer may come behind the pong.
                link.send(frame(token, PING))
                for message in link.messages_until_pong(token):
                    cases.learn(decode(message, self.messages, "Envelope"))
        finally:
            link.close()
        return cases

    def run(self, case, identity=None):
        """Plays one case. Returns (how many messages were read, what was found or None)."""
        identity = self.member if case["key"] == "member" else identity or Identity(self.chain, self.folder)
        sent, link = 0, None
        try:
            link = Link(self.target.link_port, identity)
            for number, step in enumerate(case["steps"]):
                hello = step.get("hello", "")
                link.send(greeting(identity) if hello is None else base64.b64decode(hello or step["send"]))
                token = struct.pack(">Q", number)
                link.send(frame(token, PING))
                sent += 1
                if step.get("is_open"):
                    break  # The node waits for the rest of a frame.
                link.messages_until_pong(token)
        except TimeoutError:
            return sent, ("no answer to a ping",
                          f"behind step {sent}; {self.target.tail(3)}") if self.target.is_running else None
        except REFUSED as error:
            identity.is_banned = "kept away" in str(error)
        finally:
            if link:
                link.close()
        return sent, None

    def look(self):
        for node in self.cluster.nodes:
            if not node.is_running:
                code = node.process.returncode if node.process else None
                return processes.crash(code or 0) or f"ended with {code}", f"{node}: {node.tail()}"
            if (memory := processes.memory_bytes(node.process.pid)) > processes.MEMORY_BYTES_MAX:
                return "memory", f"{node}: {memory >> 20} MB"
        return None

    def guilty(self, found):
        """Which of the last links does it, on new clusters."""
        suspects = list(self.recent)
        for case in reversed(suspects):
            if self.look():
                self.cluster.kill()
                self.start()
            self.run(case)
            time.sleep(0.2)  # What ends a node may do so a moment later.
            if again := self.look():
                return again[0], case, again[1]
        return found[0], suspects, found[1]


class Appender(threading.Thread):
    """Appends to the members in turn, and notes how long each took."""

    def __init__(self, ground):
        super().__init__(daemon=True)
        self.ground, self.is_over = ground, threading.Event()
        self.seconds, self.failures = [], []

    def run(self):
        number = 0
        while not self.is_over.wait(SECONDS_BETWEEN_APPENDS):
            node = self.ground.cluster.nodes[number % 3]
            began = time.monotonic()
            try:
                if node.append({"append": number}, f"append-{os.urandom(8).hex()}", timeout=30) is None:
                    self.failures.append(f"append {number} to {node} was refused")
            except OSError as error:
                self.failures.append(f"append {number} to {node}: {error!r}")
            self.seconds.append(time.monotonic() - began)
            number += 1

    def stop(self):
        self.is_over.set()
        self.join()
        return self


def measure(ground, seconds):
    appender = Appender(ground)
    appender.start()
    time.sleep(seconds)  # The measurement itself.
    return statistics.median(appender.stop().seconds)


def attack(ground, cases, findings, options):
    """Links from several threads until `count` messages were read."""
    numbers, lock = iter(range(1 << 40)), threading.Lock()

    def one(_):
        identity, links = None, 0
        while findings.ran < options.count and not ground.look() and not ground.is_over:
            with lock:
                number = next(numbers)
            case = cases.case(random.Random(f"{options.seed}/{number}"))
            if links % LINKS_A_KEY == 0 or identity.is_banned:
                identity = Identity(ground.chain, ground.folder)
            links += 1
            ground.recent = [*ground.recent[-4 * LINKS:], case]
            sent, found = ground.run(case, identity)
            findings.count(sent)
            if found:
                findings.add(found[0], case, found[1])

    in_parallel(LINKS, LINKS, one)


def smaller(case):
    # What is found need not belong to one case: there are lists of cases, and what was seen of all of them together.
    if isinstance(case, list) or "steps" not in case:
        return
    for place in range(len(case["steps"])):
        yield {**case, "steps": case["steps"][:place] + case["steps"][place + 1:]}


def fails_again(ground, case):
    if ground.look():
        ground.cluster.kill()
        ground.start()
    _, found = ground.run(case)
    time.sleep(0.2)  # What ends a node may do so a moment later.
    return ground.look() or found


def judge_appends(findings, before, appender):
    during, longest = statistics.median(appender.seconds), max(appender.seconds)
    figures = f"the median {1000 * before:.1f} ms before, {1000 * during:.1f} ms meanwhile; the longest {longest:.2f} s"
    if during > before * MEDIAN_FACTOR_MAX + MEDIAN_SECONDS_MORE or longest > SECONDS_OF_ONE_MAX:
        findings.add("appends are slow", {}, figures)
    if appender.failures:
        findings.add("appends fail", appender.failures[:5], f"{len(appender.failures)} of {len(appender.seconds)}")
    findings.what += f" ({len(appender.seconds)} appends: {figures})"


def main():
    options = arguments(__doc__, 100_000)
    with Workplace() as folder:
        ground = Ground(options, folder)
        try:
            if options.replay:
                return replay(options, lambda case: fails_again(ground, case))
            findings = Findings(options, "link messages")
            cases = ground.learn()
            before = measure(ground, 1)
            with findings.until_interrupted():
                while findings.ran < options.count:
                    appender = Appender(ground)
                    appender.start()
                    attack(ground, cases, findings, options)
                    appender.stop()
                    if found := ground.look():
                        kind, case, seen = ground.guilty(found)
                        findings.add(kind, case, seen)
                        break
                    judge_appends(findings, before, appender)
            findings.shrink(smaller, lambda case: fails_again(ground, case)
                            if isinstance(case, dict) and case else None)
            return findings.finish()
        finally:
            ground.is_over = True
            ground.cluster.kill()


if __name__ == "__main__":
    sys.exit(main())
