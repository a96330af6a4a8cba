#!/usr/bin/env python3
"""Compares clusters of Cairn nodes with a cluster of etcd nodes: same machine, same run, same record size.

Each round runs three etcd nodes, then three Cairn nodes (majority), then four (bft), or the other way round, each cluster alone,
with one record a request and several numbers of requests in flight. The load is spread over all nodes of a cluster. Ratios are taken round by
round, and their median is quoted. Then a new node catches up with a ledger that a cluster has, against `cairn verify` of the
same ledger.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from common import ROOT, build, cpu_seconds, free_port, in_turns, parse


def anonymous_bytes(pid):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon"))


def wait_until(what, condition, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.01)
    sys.exit(f"bench: not within {seconds} s: {what}")


def get(url):
    return json.loads(urllib.request.urlopen(url, timeout=10).read())


class Etcd:
    """Three etcd nodes with default settings."""

    rate = "puts_per_s"

    def __init__(self, folder, options):
        self.data = tempfile.mkdtemp(dir=folder)
        ports = [(free_port(), free_port()) for _ in range(3)]
        cluster = ",".join(f"n{n}=http://127.0.0.1:{peer}" for n, (_, peer) in enumerate(ports))
        self.processes = [
            subprocess.Popen(
                ["etcd", "--name", f"n{n}", "--data-dir", f"{self.data}/n{n}",
                 "--listen-client-urls", f"http://127.0.0.1:{client}",
                 "--advertise-client-urls", f"http://127.0.0.1:{client}",
                 "--listen-peer-urls", f"http://127.0.0.1:{peer}",
                 "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}", "--initial-cluster", cluster,
                 "--log-level", "error"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for n, (client, peer) in enumerate(ports)]
        self.pids = [process.pid for process in self.processes]
        self.addresses = [f"127.0.0.1:{client}" for client, _ in ports]
        for address in self.addresses:
            wait_until("etcd is healthy", lambda: get(f"http://{address}/health")["health"] == "true")
        if options.down:
            self.kill_follower()

    def kill_follower(self):
        for place, address in enumerate(self.addresses):
            status = json.loads(urllib.request.urlopen(f"http://{address}/v3/maintenance/status", b"{}", timeout=10).read())
            if status["leader"] != status["header"]["member_id"]:
                self.processes[place].kill()
                del self.pids[place], self.addresses[place]
                return

    def load(self, tools, connections, seconds):
        return [tools["etcd"], ",".join(self.addresses), str(connections), str(max(1, round(seconds))), "256"]

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(timeout=60)
        shutil.rmtree(self.data)


class Cairn:
    """A cluster as `cairn cluster` runs it."""

    rate = "records_per_s"

    def __init__(self, folder, options, binary, nodes, fault_model):
        self.data = tempfile.mkdtemp(dir=folder)
        self.process = subprocess.Popen(
            [binary, "cluster", "--nodes", str(nodes), "--fault-model", fault_model, "--data",
             f"{self.data}/cluster", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit("bench: cairn cluster did not start")
        self.said = json.loads(line)
        self.nodes = self.said["nodes"]
        self.pids = [node["pid"] for node in self.nodes]
        self.addresses = [node["url"].removeprefix("http://") for node in self.nodes]
        if options.down:
            os.kill(self.pids.pop(), signal.SIGKILL)
            self.addresses.pop()

    def load(self, tools, connections, seconds, *more):
        return [tools["cairn"], "-address", ",".join(self.addresses), "-seconds", str(seconds), "-bytes", "256",
                "-mode", "put", "-connections", str(connections), *more]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=120) != 0:
            sys.exit("bench: cairn cluster did not stop well")
        shutil.rmtree(self.data)


def measure(cluster, command):
    """Runs a load; returns what it printed, with each node's CPU seconds and anonymous memory."""
    before = [cpu_seconds(pid) for pid in cluster.pids]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(command)}: {done.stderr}")
    result = parse(done.stdout)
    result["rate"] = result[cluster.rate]
    result["node_cpu_s"] = [cpu_seconds(pid) - was for pid, was in zip(cluster.pids, before)]
    result["node_rss_anon_mb"] = [anonymous_bytes(pid) / 1e6 for pid in cluster.pids]
    return result


def comparison(folder, tools, options):
    kinds = {} if options.no_etcd else {"etcd, 3 nodes": lambda: Etcd(folder, options)}
    clusters = {"3 nodes, majority": (3, "majority"), "4 nodes, bft": (4, "bft")}
    binaries = {"cairn": options.binary} | ({"before": options.before} if options.before else {})
    for cluster, kind in clusters.items():
        for program, binary in binaries.items():
            kinds[f"{program}, {cluster}"] = lambda binary=binary, kind=kind: Cairn(folder, options, binary, *kind)
    rounds = []
    for number in range(options.rounds):
        figures = {}
        print(f"round {number + 1} of {options.rounds}")
        for name, start in in_turns(kinds, number):
            cluster = start()
            for connections in options.in_flight:
                figure = measure(cluster, cluster.load(tools, connections, options.seconds))
                figures[f"{name}, {connections} in flight"] = figure
                cpu = " ".join(f"{seconds:.1f}" for seconds in figure["node_cpu_s"])
                memory = " ".join(f"{size:.0f}" for size in figure["node_rss_anon_mb"])
                print(f"  {name:24} {connections:>4} in flight {figure['rate']:>9.0f}/s  p50 {figure['p50_ms']:7.2f} ms"
                      f"  p99 {figure['p99_ms']:7.2f} ms  CPU s: {cpu}  RssAnon MB: {memory}", flush=True)
            cluster.stop()
        rounds.append(figures)
    if not options.no_etcd:
        print("median of the rounds' ratios to etcd: records/s, and p50")
        for name in list(kinds)[1:]:
            show_ratios(rounds, name, "etcd, 3 nodes", options)
    if options.before:
        print("median of the rounds' ratios to the program before: records/s, and p50")
        for cluster in clusters:
            show_ratios(rounds, f"cairn, {cluster}", f"before, {cluster}", options)
    return rounds


def show_ratios(rounds, name, other, options):
    for connections in options.in_flight:
        pairs = [(r[f"{name}, {connections} in flight"], r[f"{other}, {connections} in flight"]) for r in rounds]
        rates = sorted(ours["rate"] / theirs["rate"] for ours, theirs in pairs)
        latency = statistics.median(ours["p50_ms"] / theirs["p50_ms"] for ours, theirs in pairs)
        print(f"  {name:26} {connections:>4} in flight: {statistics.median(rates):.2f} times ({rates[0]:.2f} to {rates[-1]:.2f}), "
              f"p50 {latency:.2f} times")


def catch_up(folder, tools, options):
    """How fast a node that has nothing gets all that a cluster has, and how fast one worker verifies the same."""
    cluster = Cairn(folder, options, options.binary, 4, "bft")
    records = options.megabytes * 1_000_000 // 256
    subprocess.run(
        [tools["cairn"], "-address", cluster.addresses[0], "-mode", "batch", "-batch", "1000", "-connections", "4", "-bytes",
         "256", "-total", str(records)], check=True, stdout=subprocess.DEVNULL)
    size = get(f"http://{cluster.addresses[0]}/v1/node")["head"]["tree_size"]
    data, port = f"{cluster.data}/new", free_port()
    began = time.monotonic()
    joins = [word for node in cluster.nodes for word in ("--join", node["peer_address"])]
    process = subprocess.Popen(
        [options.binary, "serve", "--data", data, "--port", str(port), "--chain", cluster.said["chain"], *joins],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until("the new node has all", lambda: get(f"http://127.0.0.1:{port}/v1/node")["head"]["tree_size"] >= size, 600)
    seconds = time.monotonic() - began
    cpu = cpu_seconds(process.pid)
    process.terminate()
    process.wait(timeout=60)
    done = subprocess.run(
        [options.binary, "verify", "--data", data, "--workers", "1", "--json"], capture_output=True, text=True, check=True)
    verified = json.loads(done.stdout)
    megabytes = size * 256 / 1e6
    figures = {
        "records_mb": megabytes, "catch_up_mb_per_s": megabytes / seconds, "catch_up_cpu_s": cpu,
        "verify_mb_per_s": megabytes / verified["execution_time"]}
    cluster.stop()
    print(f"catching up: {megabytes:.0f} MB of records, from the process's start on: {figures['catch_up_mb_per_s']:.0f} MB/s, "
          f"{cpu:.1f} s of CPU; cairn verify --workers 1: {figures['verify_mb_per_s']:.0f} MB/s", flush=True)
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(ROOT / ".build/release/cairn"))
    parser.add_argument("--before", help="another program, whose clusters take turns with those of --binary")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[1, 64, 256])
    parser.add_argument("--megabytes", type=int, default=500, help="of records, for catching up; 0: not")
    parser.add_argument("--down", action="store_true", help="kill one node of each cluster first, of etcd's a follower")
    parser.add_argument("--no-etcd", action="store_true", help="only Cairn's clusters: needs no other program")
    parser.add_argument("--json", help="write all figures to this file")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="cairn-bench-")
    tools = {"cairn": build(folder, "cairn_load")}
    if not options.no_etcd:
        tools["etcd"] = build(folder, "etcd_puts", packages="/usr/share/gocode")
    results = {}
    if options.rounds:
        results["rounds"] = comparison(folder, tools, options)
    if options.megabytes:
        results["catch_up"] = catch_up(folder, tools, options)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1))
    shutil.rmtree(folder)


main()
