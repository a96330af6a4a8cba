#!/usr/bin/env python3
"""Compares the hash kernels with `openssl speed -evp sha256`, both on one core, in turn, in the same run.

Each round measures OpenSSL, then Cairn, at each size; the ratio is taken round by round and its median is quoted. Cairn hashes
leaves, SHA-256(0x00 || record), in batches of a megabyte; OpenSSL hashes one message a call. Both count the
record's bytes, and the seconds that they had a core, so that other programs blur the ratio little.
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess

from common import ROOT

GOALS = {64: 2, 256: 2, 1024: 1.5, 4096: 1, 16384: 1}


def openssl(size, seconds):
    command = ["openssl", "speed", "-evp", "sha256", "-bytes", str(size), "-seconds", str(seconds)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(re.search(r"^sha256\s+([\d.]+)k", output, re.MULTILINE)[1]) / 1000


def cairn(binary, form, size, seconds):
    command = [binary, "--kernel", "best", "--form", form, "--bytes", str(size), "--seconds", str(seconds), "--json"]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(ROOT / ".build/release/cairn-speed"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=1, help="for each figure")
    parser.add_argument("--bytes", type=int, action="append", help="a record's size; may be repeated")
    parser.add_argument("--json", help="write all figures to this file")
    options = parser.parse_args()

    results = []
    for _ in range(options.rounds):
        for size in options.bytes or GOALS:
            theirs = openssl(size, options.seconds)
            for form in ("leaf", "mixed"):
                ours = cairn(options.binary, form, size, options.seconds)
                results.append({**ours, "openssl_mb_per_s": theirs, "ratio": ours["mb_per_s"] / theirs})

    print(f"kernel: {results[0]['kernel']}; {subprocess.check_output(['openssl', 'version'], text=True).strip()}")
    print("one core, MB/s of record bytes: median of the rounds, and the median (least to most) of their ratios")
    for size in options.bytes or GOALS:
        for form in ("leaf", "mixed"):
            rows = [row for row in results if row["message_bytes"] == size and row["form"] == form]
            ratios = [row["ratio"] for row in rows]
            print(
                f"  {size:>6} B {form:6} OpenSSL {statistics.median(row['openssl_mb_per_s'] for row in rows):>7.0f}"
                f"  Cairn {statistics.median(row['mb_per_s'] for row in rows):>7.0f}"
                f"  ratio {statistics.median(ratios):5.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
                + (f"  goal {GOALS[size]}" if form == "leaf" and size in GOALS else ""))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
