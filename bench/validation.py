#!/usr/bin/env python3
"""Measures `cairn verify` against the teaching chains' rule in CPython, and against what the hash kernel reaches alone;
and the memory that it takes.

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
import threading
import time

import validation_chart
from common import ROOT
from hash_speed import cairn as kernel_speed
from hash_speed import openssl

SIZES = [64, 256, 1024, 4096, 16384]
BLOCKS = [1, 16, 1000]
BLOCK_BYTES_MAX = 4 << 20
# More than any cache holds.
MEMORY_MIB_MAX = 256
# What verify reads of a long frame at once.
PIECE_BYTES = 256 << 10
# Record size, records a block, records, whether each has a submission id: the last fills the window of 1,048,576. Fewer
# records with --megabytes below 128.
MEMORY_LEDGERS = [
    (1024, 1000, 10_000, False), (1024, 1000, 100_000, False), (1024, 1000, 500_000, False),
    (64, 16, 1_000_000, False), (500, 8192, 400_000, False), (64, 1000, 2_200_000, True)]
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

    def kernel(self, size, mebibytes):
        """What leaves alone reach on as many cores as `cairn verify` has, over and over the same megabytes, in MB/s."""
        command = [
            self.program("cairn-speed"), "--kernel", "best", "--form", "leaf", "--bytes", str(size),
            "--working", str(mebibytes), "--seconds", str(self.options.seconds), "--json"]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(self.workers)]
        return sum(json.loads(process.communicate()[0])["mb_per_s"] for process in running)


    def page_cache(self, data):
        """What reading a ledger's blocks from the page cache reaches, as `verify` reads them and on as many cores, MB/s."""
        paths = sorted(pathlib.Path(data, "blocks").glob("*.log"))
        rates = []

        def read():
            buffer, done, start = bytearray(PIECE_BYTES), 0, time.thread_time()
            for path in paths:
                with open(path, "rb", buffering=0) as file:
                    place = 0
                    while count := os.preadv(file.fileno(), [buffer], place):
                        place += count
                    done += place
            rates.append(done / (time.thread_time() - start) / 1e6)

        threads = [threading.Thread(target=read) for _ in range(self.workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(rates)

    def memory(self, size, per_block, count, ids):
        """The most anonymous memory that verifying a ledger takes, in MB: looked at every two milliseconds."""
        count = max(1, int(count * min(1, self.options.megabytes / 128)))
        data = os.path.join(self.folder, "memory")
        subprocess.run(
            [self.program("cairn-make-ledger"), data, "--records", str(count), "--bytes", str(size), "--block-records",
             str(per_block)] + (["--ids"] if ids else []), check=True)
        stored = sum(path.stat().st_size for path in pathlib.Path(data, "blocks").glob("*.log"))
        process = subprocess.Popen(
            [self.program("cairn"), "verify", "--data", data, "--workers", str(self.workers), "--device", "cpu"],
            stdout=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            peak = max([peak] + [int(kib) for kib in re.findall(r"RssAnon:\s*(\d+)", status)])
            time.sleep(0.002)
        if process.returncode != 0:
            sys.exit("bench: cairn verify failed")
        shutil.rmtree(data)
        return {
            "bytes": size, "per_block": per_block, "records": count, "ids": ids, "stored_mb": stored / 1e6,
            "peak_mb": peak * 1024 / 1e6}


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


def limits_of(results, size):
    """What the kernel reaches from memory, in its cache, and in its cache behind the copy from the page cache, in MB/s."""
    memory, cache = results["limits"][str(size)], results["cache_limits"][str(size)]
    return memory, cache, 1 / (1 / cache + 1 / results["page_cache"])


def show(results):
    print(f"\nhash kernel ({results['kernels'][0]['kernel']}) and OpenSSL, one core, MB/s")
    print(f"{'bytes':>7} {'OpenSSL':>9} {'Cairn':>9} {'ratio':>6}")
    for row in results["kernels"]:
        ratio = row["mb_per_s"] / row["openssl_mb_per_s"]
        print(f"{row['message_bytes']:>7} {row['openssl_mb_per_s']:>9.0f} {row['mb_per_s']:>9.0f} {ratio:>6.2f}")
    cores = "one core" if results["per_core"] else f"{CORES} cores"
    print(f"\ncairn verify on {cores}, and the teaching chains' rule in CPython (one core, the only one it can use)")
    print(f"{'bytes':>7} {'a block':>8} {'CPython/s':>11} {'Cairn/s':>12} {'times':>6} {'MB/s':>7}"
          f" {'of kernel':>9} {'in cache':>9} {'+ copy':>7}")
    for row in results["ledgers"]:
        speed = row["verify"] * row["bytes"] / 1e6
        memory, cache, copied = limits_of(results, row["bytes"])
        print(f"{row['bytes']:>7} {row['per_block']:>8} {row['rule']:>11,.0f} {row['verify']:>12,.0f}"
              f" {row['verify'] / row['rule']:>6.1f} {speed:>7.0f} {speed / memory:>9.0%}"
              f" {speed / cache:>9.0%} {speed / copied:>7.0%}")
    if results["scaling"]:
        print("\nby number of workers, records/s")
    for row in results["scaling"]:
        figures = ", ".join(f"{count}: {value:,.0f}" for count, value in row["by_workers"].items())
        print(f"{row['bytes']:>7} {row['per_block']:>8}  {figures}")
    print("of kernel: over leaves that come from memory, as a ledger does; in cache: over the same megabyte again and again;\n"
          "+ copy: in cache, and the time to copy them from the page cache before")
    for key, name in (("limits", "from memory"), ("cache_limits", "in cache")):
        limits = ", ".join(f"{size} B: {value:.0f}" for size, value in results[key].items())
        print(f"the kernel alone on {cores}, {name}, MB/s: {limits}")
    print(f"reading from the page cache on {cores}: {results['page_cache']:.0f} MB/s")
    print(f"\nmost anonymous memory of cairn verify on {cores}, MB")
    for row in results["memory"]:
        ids = ", each with a submission id" if row["ids"] else ""
        print(f"{row['records']:>9,} records of {row['bytes']} B, {row['per_block']} a block{ids}"
              f" ({row['stored_mb']:,.0f} MB): {row['peak_mb']:.0f}")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"\nload average at the end: {load}")
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
    memory_mib = min(options.megabytes, MEMORY_MIB_MAX)
    bench = Bench(options)
    try:
        results = {
            "machine": machine(), "cores": bench.workers, "per_core": options.per_core, "kernels": [], "ledgers": [],
            "scaling": [], "limits": {}, "cache_limits": {}, "page_cache": 0.0, "memory": []}
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
            pairs = [(bench.kernel(size, memory_mib), bench.kernel(size, 1)) for _ in range(options.rounds)]
            results["limits"][str(size)] = max(memory for memory, _ in pairs)
            results["cache_limits"][str(size)] = max(cache for _, cache in pairs)
            for wanted in BLOCKS:
                per_block = min(wanted, BLOCK_BYTES_MAX // (size + 2))
                row, data = measure(bench, size, per_block, options.rounds)
                results["ledgers"].append(row)
                results["page_cache"] = max([results["page_cache"]] + [bench.page_cache(data) for _ in range(3)])
                print(f"  {size} B, {per_block} a block: {row['verify']:,.0f} records/s", flush=True)
                if not options.per_core and (size, wanted) in ((64, 1), (64, 16), (1024, 1000)):
                    results["scaling"].append(scaling(bench, data, size, per_block, options.rounds))
                shutil.rmtree(data)
        results["copy"] = copy_speed(options.seconds)
        results["memory"] = [bench.memory(*ledger) for ledger in MEMORY_LEDGERS]
    finally:
        shutil.rmtree(bench.folder)
    show(results)
    pathlib.Path(options.chart).write_text(validation_chart.draw(results))
    print(f"chart: {options.chart}")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
