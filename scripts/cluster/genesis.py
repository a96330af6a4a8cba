"""Genesis blocks with settings that `cairn init` has no option for, from docs/formats.md alone."""
import hashlib
import json
import os
import struct
import time

from process import run

HEADER = struct.Struct(">4sQQ32sQ32s32s32sQIQ")
ZERO = bytes(32)


def genesis(members, fault_model="majority", window=1 << 20, name="example.com/small-window"):
    """The bytes of a genesis block: members with power 1 each, and a window of so many records."""
    settings = {
        "fault_model": fault_model, "format": 1,
        "limits": {"block_bytes": 4_194_304, "block_records": 8_192, "record_bytes": 65_535, "submission_window": window},
        "members": [{"key": key, "power": 1} for key in members],
        "message": "The first stone", "name": name, "random": os.urandom(16).hex(), "rule": "vote"}
    # Canonical (RFC 8785), since all names and texts are ASCII and the numbers are integers.
    annex = json.dumps({"genesis": settings}, sort_keys=True, separators=(",", ":")).encode()
    header = HEADER.pack(
        b"CRN1", 0, time.time_ns() // 1_000, ZERO, 0, hashlib.sha256(b"").digest(), hashlib.sha256(annex).digest(),
        bytes.fromhex(members[0]), 0, 0, 0)
    return header + struct.pack(">I", len(annex)) + annex


def found(options, folders, **settings):
    """Founds a ledger whose members are these data directories, which have no key yet."""
    keys = [json.loads(run(options, "keygen", "--data", str(folder), "--json").stdout)["key"] for folder in folders]
    block = genesis(keys, **settings)
    chain = hashlib.sha256(block[:HEADER.size]).hexdigest()
    for folder in folders:
        path = f"{folder}.genesis"
        with open(path, "wb") as file:
            file.write(block)
        run(options, "init", "--data", str(folder), "--genesis", path, "--chain", chain)
        os.unlink(path)
    return chain
