#!/usr/bin/env python3
"""The hashing rule of the teaching chains that Cairn grew out of, in CPython: each block's hash is SHA-256 over the text of
its index, timestamp, data and previous hash, and validation computes every hash again, in order.

Builds a chain in memory, validates it, and prints how long the validation took, as JSON.
"""
import datetime
import hashlib
import json
import sys
import time


def block_hash(index, timestamp, data, previous):
    return hashlib.sha256(f"{index}{timestamp}{data}{previous}".encode()).hexdigest()


def main(size, count):
    chain, previous = [], "0"
    for index in range(count):
        timestamp, data = datetime.datetime.now(), "x" * size
        previous = block_hash(index, timestamp, data, previous)
        chain.append((index, timestamp, data, previous))
    wall, core, previous = time.perf_counter(), time.process_time(), "0"
    for index, timestamp, data, digest in chain:
        computed = block_hash(index, timestamp, data, previous)
        assert computed == digest
        previous = computed
    print(json.dumps({
        "records": count, "seconds": time.perf_counter() - wall, "core_seconds": time.process_time() - core}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
