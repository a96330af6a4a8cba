#!/usr/bin/env python3
"""Compares how many tiles a second a node serves with what SwiftNIO's HTTP codec alone can do on this machine.

The reference is bench/plain_http: the same codec with a handler that answers each request with the same 8,192 bytes, and
again with 64 bytes. In each round every server is alone and loaded by bench/cairn_load: random full tiles, so many
connections with one request in flight each. Prints requests/s, latencies, and the ratios' medians over the rounds.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import tempfile

from common import ROOT, Server, build, cairn, parse, serve


class Plain(Server):
    """Has no address to ask whether it is ready: it prints its port when it is."""

    def __init__(self, binary, threads, size):
        self.process = subprocess.Popen([binary, str(threads), str(size)], stdout=subprocess.PIPE, text=True)
        self.address = f"127.0.0.1:{int(parse(self.process.stdout.readline())['port'])}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(ROOT / ".build/release/cairn"))
    parser.add_argument("--plain", default=str(ROOT / ".build/release/plain-http"))
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()

    folder = tempfile.mkdtemp(prefix="cairn-bench-")
    load = build(folder, "cairn_load")
    server, address, data = cairn(folder, options.binary)
    server.measure([load, "-address", address, "-mode", "batch", "-connections", "4", "-total", str(options.records)])
    server.stop()

    def measure(server, address):
        result = server.measure(
            [load, "-address", address, "-mode", "tile", "-connections", str(options.connections),
             "-seconds", str(options.seconds), "-records", str(options.records)])
        server.stop()
        return result

    rates = {"tiles": [], "plain, 8,192 bytes": [], "plain, 64 bytes": []}
    for number in range(options.rounds):
        for name in rates:
            if name == "tiles":
                result = measure(*serve(options.binary, data))
            else:
                plain = Plain(options.plain, os.cpu_count(), 64 if "64" in name else 8_192)
                result = measure(plain, plain.address)
            rates[name].append(result["requests_per_s"])
            print(f"round {number + 1}, {name}: {result['requests_per_s']:.0f} requests/s, p50 {result['p50_ms']:.2f} ms, "
                  f"p99 {result['p99_ms']:.2f} ms; CPU: server {result['server_cpu_s']:.1f} s, "
                  f"load {result['client_cpu_s']:.1f} s", flush=True)
    for name in list(rates)[1:]:
        ratios = [tiles / plain for tiles, plain in zip(rates["tiles"], rates[name])]
        print(f"tiles against {name}: median {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    shutil.rmtree(folder)


main()
