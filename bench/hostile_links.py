#!/usr/bin/env python3
"""What hostile messages cost others: how long records take in a cluster, without and with strangers at its links.

Founds three members on this machine, and appends records one after the other, to each node in turn. Quiet phases alternate with
phases in which two strangers, each with a key and an address of its own, send the worst messages that are known, four a second each:
8 MB that a decoder makes millions of objects of, and records by the thousand that have to be checked. Ratios of medians are
taken round by round, and their median is quoted.

    bench/hostile_links.py --binary .build/release/cairn --rounds 5 --limit 1.5
"""
import argparse
import itertools
import pathlib
import statistics
import sys
import tempfile
import threading
import time
import types
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts" / "cluster"), str(ROOT / "Tests" / "Release")]
from cluster import Cluster  # noqa: E402
from hostile_peer import HostilePeer, worst_messages  # noqa: E402


class Stranger(threading.Thread):
    """Sends the messages in turn to the nodes in turn, so many a second. A link that ends is made anew, by a new key."""

    def __init__(self, nodes, chain, source, per_second, size):
        super().__init__(daemon=True)
        messages = worst_messages(size)
        self.turns = itertools.cycle(itertools.product(messages, nodes))
        self.messages, self.chain, self.source, self.pause = messages, chain, source, 1 / per_second
        self.links, self.sent, self.bytes = {}, 0, 0
        self.ended = threading.Event()

    def run(self):
        begin = time.monotonic()
        for turn in itertools.count():
            if self.ended.wait(max(0, begin + turn * self.pause - time.monotonic())):
                break
            name, node = next(self.turns)
            try:
                link = self.links.pop(node, None) or HostilePeer(
                    (node.host, node.link_port), self.chain, source=self.source).greeted()
                link.send(self.messages[name])
                self.links[node] = link
            except (OSError, EOFError):
                pass
            self.sent += 1
            self.bytes += len(self.messages[name])
        for link in self.links.values():
            link.close()

    def stop(self):
        self.ended.set()
        self.join()


def phase(nodes, seconds):
    """Appends for so long. Returns how long each record took, in milliseconds."""
    times = []
    end = time.monotonic() + seconds
    for node in itertools.cycle(nodes):
        if time.monotonic() >= end:
            return times
        key = str(uuid.uuid4())
        begin = time.monotonic()
        try:
            node.append({"record": key}, key)
        except OSError:
            pass  # It took longer than is waited: that long at least.
        times.append((time.monotonic() - begin) * 1e3)


def measure(cluster, options):
    ratios = []
    chain = cluster.nodes[0].status["chain"]
    phase(cluster.nodes, 1)
    for number in range(1, options.rounds + 1):
        quiet = phase(cluster.nodes, options.seconds)
        strangers = [
            Stranger(cluster.nodes, chain, source, options.per_second / 2, options.size)
            for source in ("127.0.0.2", "127.0.0.3")]
        for stranger in strangers:
            stranger.start()
        loud = phase(cluster.nodes, options.seconds)
        for stranger in strangers:
            stranger.stop()
        medians = statistics.median(quiet), statistics.median(loud)
        ratios.append(medians[1] / medians[0])
        sent = sum(stranger.sent for stranger in strangers)
        print(f"round {number}: p50 {medians[0]:.2f} ms without, {medians[1]:.2f} ms with {sent} messages "
              f"({sum(s.bytes for s in strangers) / options.seconds / 1e6:.0f} MB/s); ratio {ratios[-1]:.2f}", flush=True)
    return statistics.median(ratios)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / ".build/release/cairn"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="of each phase")
    parser.add_argument("--per-second", type=float, default=8, help="messages of both strangers together")
    parser.add_argument("--size", type=int, default=8 << 20, help="bytes of a message")
    parser.add_argument("--limit", type=float, help="fail when the median of the ratios is beyond this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        founding = types.SimpleNamespace(binary=options.binary, founded=f"{folder}/founded")
        cluster = Cluster(founding, f"{folder}/cluster", 3, "majority")
        try:
            cluster.start()
            ratio = measure(cluster, options)
            memory = max(node.memory_bytes() for node in cluster.nodes)
        finally:
            cluster.kill()
    print(f"median ratio {ratio:.2f}; the largest node has {memory / 1e6:.0f} MB of memory")
    if options.limit and ratio > options.limit:
        sys.exit(f"bench: beyond {options.limit}")


if __name__ == "__main__":
    main()
