#!/usr/bin/env python3
"""Builds a ledger of 10 million records of 256 bytes and measures starting, memory and reading.

Prints how fast it was filled, how long a start after a clean stop takes until the node is ready, the anonymous memory of
the serving node (RssAnon), and the latencies of reads by number and of proofs, of random records.
"""
import argparse
import os
import pathlib
import re
import shutil
import statistics
import tempfile
import time

from common import ROOT, build, cairn, serve


def anonymous_megabytes(pid):
    return int(re.search(r"RssAnon:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(ROOT / ".build/release/cairn"))
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--starts", type=int, default=5)
    options = parser.parse_args()

    folder = tempfile.mkdtemp(prefix="cairn-bench-")
    load = build(folder, "cairn_load")
    server, address, data = cairn(folder, options.binary)
    filled = server.measure(
        [load, "-address", address, "-mode", "batch", "-connections", "8", "-total", str(options.records)])
    print(f"filled: {options.records} records in {filled['seconds']:.0f} s, {filled['records_per_s']:.0f} records/s, "
          f"RssAnon {anonymous_megabytes(server.process.pid):.0f} MB", flush=True)
    began = time.monotonic()
    server.stop()
    print(f"clean stop: {time.monotonic() - began:.2f} s", flush=True)

    starts = []
    for number in range(options.starts):
        began = time.monotonic()
        server, address = serve(options.binary, data)
        starts.append(time.monotonic() - began)
        if number + 1 < options.starts:
            server.stop()
    print(f"start after a clean stop until ready: median {statistics.median(starts):.3f} s, "
          f"worst {max(starts):.3f} s of {options.starts}; RssAnon {anonymous_megabytes(server.process.pid):.0f} MB",
          flush=True)

    for connections in (1, 16):
        for mode in ("get", "proof", "tlog"):
            result = server.measure(
                [load, "-address", address, "-mode", mode, "-connections", str(connections),
                 "-seconds", str(options.seconds), "-records", str(options.records)])
            print(f"{mode}, {connections} in flight: {result['requests_per_s']:.0f} requests/s, "
                  f"p50 {result['p50_ms']:.3f} ms, p99 {result['p99_ms']:.3f} ms; "
                  f"CPU: server {result['server_cpu_s']:.1f} s, load {result['client_cpu_s']:.1f} s", flush=True)
    print(f"serving node after the reads: RssAnon {anonymous_megabytes(server.process.pid):.0f} MB")
    server.stop()
    size = sum(path.stat().st_size for path in pathlib.Path(data).rglob("*") if path.is_file())
    print(f"on disk: {size / 1e9:.2f} GB")
    shutil.rmtree(folder)


main()
