#!/usr/bin/env python3
"""Compares durable appends of a Cairn node with puts of an etcd node: same machine, same run, same record size.

Each round runs etcd, then Cairn, with nothing else; the ratio is taken round by round and its median is quoted. Both keep
their data in the same temporary folder's file system, and both answer only after their data is synced.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile

from common import ROOT, Server, build, cairn, free_port, in_turns


def etcd(folder):
    client, peer = free_port(), free_port()
    data = tempfile.mkdtemp(dir=folder)
    server = Server(
        ["etcd", "--data-dir", data, "--listen-client-urls", f"http://127.0.0.1:{client}",
         "--advertise-client-urls", f"http://127.0.0.1:{client}", "--listen-peer-urls", f"http://127.0.0.1:{peer}",
         "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
         "--initial-cluster", f"default=http://127.0.0.1:{peer}", "--log-level", "error"],
        f"http://127.0.0.1:{client}/health")
    return server, f"127.0.0.1:{client}", data


# Loads on Cairn, and the load on etcd that each is compared with.
LOADS = {
    "1 in flight": "1 in flight", "64 in flight": "64 in flight", "batches of 1,000, 16 in flight": "64 in flight",
}


def rate(figure):
    return figure.get("records_per_s", figure.get("puts_per_s"))


def measure_etcd(folder, load, options):
    server, address, data = etcd(folder)
    figures = {
        f"etcd, {connections} in flight": server.measure(
            [load, address, str(connections), str(max(1, round(options.seconds))), "256"])
        for connections in (1, 64)}
    server.stop()
    shutil.rmtree(data)
    return figures


def measure_cairn(folder, load, name, binary, options):
    server, address, data = cairn(folder, binary)
    common = [load, "-address", address, "-seconds", str(options.seconds), "-bytes", "256"]
    figures = {
        f"{name}, {connections} in flight": server.measure(common + ["-mode", "put", "-connections", str(connections)])
        for connections in (1, 64)}
    figures[f"{name}, batches of 1,000, 16 in flight"] = server.measure(common + ["-mode", "batch", "-connections", "16"])
    server.stop()
    subprocess.run([binary, "verify", "--data", data], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(data)
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(ROOT / ".build/release/cairn"))
    parser.add_argument("--before", help="another program, whose nodes take turns with those of --binary")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--json", help="write all figures to this file")
    options = parser.parse_args()

    folder = tempfile.mkdtemp(prefix="cairn-bench-")
    etcd_puts = build(folder, "etcd_puts", packages="/usr/share/gocode")
    load = build(folder, "cairn_load")
    binaries = {"cairn": options.binary} | ({"before": options.before} if options.before else {})
    results = []
    for number in range(options.rounds):
        figures = measure_etcd(folder, etcd_puts, options)
        for name, binary in in_turns(binaries, number):
            figures |= measure_cairn(folder, load, name, binary, options)
        results.append(figures)
        print(f"round {number + 1} of {options.rounds}")
        for name, figure in figures.items():
            print(
                f"  {name:40} {rate(figure):>9.0f} records/s  p50 {figure['p50_ms']:7.3f} ms  p99 {figure['p99_ms']:7.3f} ms"
                f"  CPU: server {figure['server_cpu_s']:5.2f} s, load {figure['client_cpu_s']:5.2f} s", flush=True)

    pairs = [(f"{name}, {load}", f"etcd, {other}") for name in binaries for load, other in LOADS.items()]
    if options.before:
        pairs += [(f"cairn, {load}", f"before, {load}") for load in LOADS]
    print("median of the rounds' ratios")
    for ours, theirs in pairs:
        ratios = sorted(rate(r[ours]) / rate(r[theirs]) for r in results)
        print(f"  {ours} / {theirs}: {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1))
    shutil.rmtree(folder)


main()
