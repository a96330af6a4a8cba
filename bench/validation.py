#!/usr/bin/env python3
"""Measures `cairn verify` against the teaching chains' rule in CPython, and against what the hash kernel reaches alone.

For each record size and number of records a block, a ledger is made, read once so that it is in the page cache, and then
verified in turn with the other side. Every figure is the best of the rounds: a run can only take longer than it
needs. With --per-core, all sides use one core, and the seconds count that they had it: for machines that are busy with other
work. MB are 10^6 bytes of records. Writes a chart of the result.
"""
import argparse
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import validation_chart
from common import ROOT
from hash_speed import cairn as kernel_speed
from hash_speed import openssl

SIZES = [64, 256, 1024, 4096, 16384]
BLOCKS = [1, 16, 1000]
BLOCK_BYTES_MAX = 4 << 20
CORES = len(os.sched_getaffinity(0))


class Bench:
    def __init__(self, options):
        self.options = options
        self.workers = 1 if options.per_core else CORES
        self.clock = "core_seconds" if options.per_core else "seconds"
        self.start = min(self.start_core_seconds() for _ in range(10))
        self.folder = tempfile.mkdtemp(prefix="cairn-bench-", dir=options.folder)

    def program(self, name):
        return str(pathlib.Path(self.options.binaries) / name)

    def start_core_seconds(self):
        before = self.children_core_seconds()
        subprocess.run([self.program("cairn"), "version"], stdout=subprocess.DEVNULL, check=True)
        return self.children_core_seconds() - before

    def ledger(self, size, per_block):
        """Makes a ledger of about so many megabytes of records. Returns its directory."""
        count = min(self.options.megabytes * 1_000_000 // size, self.options.blocks * per_block)
        data = os.path.join(self.folder, f"{size}-{per_block}")
        subprocess.run(
            [self.program("cairn-make-ledger"), data, "--records", str(max(1, count)), "--bytes", str(size),
             "--block-records", str(per_block)], check=True)
        return data

    @staticmethod
    def children_core_seconds():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def verify(self, data, workers):
        """The core seconds are those of the program without its start, which both sides' seconds leave out."""
        before = self.children_core_seconds()
        done = subprocess.run(
            [self.program("cairn"), "verify", "--data", data, "--workers", str(workers), "--device", "cpu", "--json"],
            capture_output=True, text=True)
        core_seconds = self.children_core_seconds() - before
        report = json.loads(done.stdout)
        if not report["valid"] or report["notes"]:
            sys.exit(f"bench: cairn verify: {done.stdout}")
        return {
            "records": report["records"], "seconds": report["execution_time"],
            "core_seconds": max(core_seconds - self.start, 1e-6)}

    def teaching_rule(self, size):
        count = max(1_000, min(200_000, self.options.megabytes * 1_000_000 // size))
        script = str(pathlib.Path(__file__).with_name("teaching_rule.py"))
        return json.loads(subprocess.run(
            [sys.executable, script, str(size), str(count)], capture_output=True, text=True, check=True).stdout)

    def kernel(self, size):
        """What leaves alone reach on as many cores as `cairn verify` has, in MB/s."""
        command = [
            self.program("cairn-speed"), "--kernel", "best", "--form", "leaf", "--bytes", str(size),
            "--seconds", str(self.options.seconds), "--json"]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(self.workers)]
        return sum(json.loads(process.communicate()[0])["mb_per_s"] for process in running)


def copy_speed(seconds):
    """Copying from memory to memory on one core, in MB/s: each byte is read and written once."""
    source, target = memoryview(bytearray(1 << 28)), memoryview(bytearray(1 << 28))
    target[:] = source
    best, end = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        target[:] = source
        best = max(best, len(source) / (time.perf_counter() - start) / 1e6)
    return best


def rate(runs, key):
    return max(run["records"] / run[key] for run in runs)


def measure(bench, size, per_block, rounds):
    data = bench.ledger(size, per_block)
    key = bench.clock
    bench.verify(data, bench.workers)
    rule, verify = [], []
    for _ in range(rounds):
        rule.append(bench.teaching_rule(size))
        verify.append(bench.verify(data, bench.workers))
    row = {
        "bytes": size, "per_block": per_block, "records": verify[0]["records"],
        "rule": rate(rule, key), "verify": rate(verify, key)}
    return row, data


def scaling(bench, data, size, per_block, rounds):
    """Records a second with one worker, two, … and all."""
    counts = sorted({count for count in (1, 2, 4, 8, 16, 32, 64) if count <= CORES} | {CORES})
    return {
        "bytes": size, "per_block": per_block,
        "by_workers": {
            count: rate([bench.verify(data, count) for _ in range(rounds)], "seconds") for count in counts}}


def machine():
    try:
        model = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())[1]
    except (OSError, TypeError):
        model = platform.processor() or platform.machine()
    return f"{model}, {CORES} cores; CPython {platform.python_version()}"


def show(results):
    print(f"\nhash kernel ({results['kernels'][0]['kernel']}) and OpenSSL, one core, MB/s")
    print(f"{'bytes':>7} {'OpenSSL':>9} {'Cairn':>9} {'ratio':>6}")
    for row in results["kernels"]:
        ratio = row["mb_per_s"] / row["openssl_mb_per_s"]
        print(f"{row['message_bytes']:>7} {row['openssl_mb_per_s']:>9.0f} {row['mb_per_s']:>9.0f} {ratio:>6.2f}")
    cores = "one core" if results["per_core"] else f"{CORES} cores"
    print(f"\ncairn verify on {cores}, and the teaching chains' rule in CPython (one core, the only one it can use)")
    print(f"{'bytes':>7} {'a block':>8} {'CPython/s':>11} {'Cairn/s':>12} {'times':>6} {'MB/s':>7} {'of kernel':>9}")
    for row in results["ledgers"]:
        speed = row["verify"] * row["bytes"] / 1e6
        limit = results["limits"][str(row["bytes"])]
        print(f"{row['bytes']:>7} {row['per_block']:>8} {row['rule']:>11,.0f} {row['verify']:>12,.0f}"
              f" {row['verify'] / row['rule']:>6.1f} {speed:>7.0f} {speed / limit:>9.0%}")
    if results["scaling"]:
        print("\nby number of workers, records/s")
    for row in results["scaling"]:
        figures = ", ".join(f"{count}: {value:,.0f}" for count, value in row["by_workers"].items())
        print(f"{row['bytes']:>7} {row['per_block']:>8}  {figures}")
    limits = ", ".join(f"{size} B: {value:.0f}" for size, value in results["limits"].items())
    print(f"\nthe kernel alone on {cores}, MB/s: {limits}")
    print(f"copying in memory on one core: {results['copy']:.0f} MB/s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binaries", default=str(ROOT / ".build/release"), help="where the programs are")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=512, help="of records in each ledger, at most")
    parser.add_argument("--blocks", type=int, default=400_000, help="in each ledger, at most")
    parser.add_argument("--seconds", type=int, default=1, help="for each figure of a kernel")
    parser.add_argument("--per-core", action="store_true", help="one core, and only the seconds that it was had")
    parser.add_argument("--bytes", type=int, action="append", help="a record's size; may be repeated")
    parser.add_argument("--folder", help="where ledgers are made for a while (default: the system's temporary folder)")
    parser.add_argument("--chart", default=str(ROOT / "docs/validation.svg"))
    parser.add_argument("--json", help="write all figures to this file")
    options = parser.parse_args()
    sizes = options.bytes or SIZES
    bench = Bench(options)
    try:
        results = {
            "machine": machine(), "cores": bench.workers, "per_core": options.per_core, "kernels": [], "ledgers": [],
            "scaling": [], "limits": {}}
        print(results["machine"], flush=True)
        for size in sizes:
            # Interleaved, so that both meet the same machine.
            pairs = [
                (openssl(size, options.seconds),
                 kernel_speed(bench.program("cairn-speed"), "leaf", size, options.seconds))
                for _ in range(options.rounds)]
            results["kernels"].append({
                "kernel": pairs[0][1]["kernel"], "message_bytes": size,
                "openssl_mb_per_s": max(theirs for theirs, _ in pairs),
                "mb_per_s": max(ours["mb_per_s"] for _, ours in pairs)})
            results["limits"][str(size)] = max(bench.kernel(size) for _ in range(options.rounds))
            for wanted in BLOCKS:
                per_block = min(wanted, BLOCK_BYTES_MAX // (size + 2))
                row, data = measure(bench, size, per_block, options.rounds)
                results["ledgers"].append(row)
                print(f"  {size} B, {per_block} a block: {row['verify']:,.0f} records/s", flush=True)
                if not options.per_core and (size, wanted) in ((64, 1), (64, 16), (1024, 1000)):
                    results["scaling"].append(scaling(bench, data, size, per_block, options.rounds))
                shutil.rmtree(data)
        results["copy"] = copy_speed(options.seconds)
    finally:
        shutil.rmtree(bench.folder)
    show(results)
    pathlib.Path(options.chart).write_text(validation_chart.draw(results))
    print(f"chart: {options.chart}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
