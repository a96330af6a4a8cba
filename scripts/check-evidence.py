#!/usr/bin/env python3
"""Checks offline that a log signed two histories, from docs/proofs.md alone: shares no code with Cairn.

    check-evidence.py EVIDENCE --policy POLICY

Exit status 0 when the evidence proves it, 1 with the reason when it does not.
"""
import argparse
import hashlib
import importlib.util
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("check_proof", HERE / "check-proof.py")
proofs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(proofs)
Refused = proofs.Refused


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def roots_from_path(old, old_root, new, path):
    """Both roots that a consistency proof leads to (RFC 9162, section 2.1.4.2), for 0 < old < new."""
    if old & (old - 1) == 0:
        path = [old_root] + path
    if not path:
        raise Refused("the proof is empty")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise Refused("the proof has too many hashes")
        if place & 1 or place == last:
            first, second = node(sibling, first), node(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node(second, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise Refused("the proof has too few hashes")
    return first, second


def unhex(text):
    try:
        data = bytes.fromhex(text)
    except (TypeError, ValueError):
        raise Refused(f"{text!r} is not a hash") from None
    if len(data) != 32:
        raise Refused(f"{text!r} is not a hash of 32 bytes")
    return data


def check(evidence, policy):
    """Returns a sentence about a fork that is proven."""
    try:
        members = json.loads(evidence)
        if members["format"] != "cairn/fork-evidence/1":
            raise Refused("this is no evidence of a fork")
        notes = [members[name].encode("utf-8", "surrogateescape") for name in ("smaller", "larger")]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused("the evidence can't be read") from None
    found = []
    for note in notes:
        text, signatures = proofs.parse_note(note)
        origin, size, root = proofs.parse_checkpoint(text)
        proofs.Policy(policy).check(origin, text, signatures)
        found.append((origin, size, root))
    (origin, old, old_root), (other_origin, new, new_root) = found
    if origin != other_origin or old > new:
        raise Refused("the checkpoints are of two logs, or in the wrong order")
    if old == new:
        if old_root == new_root:
            raise Refused("both checkpoints are of one tree")
        return f"{origin} signed two trees of {old} records"
    claimed = unhex(members.get("root_at_smaller"))
    path = members.get("path")
    if not isinstance(path, list) or len(path) > proofs.HASHES_MAX:
        raise Refused("the evidence has no proof")
    if old == 0 or roots_from_path(old, claimed, new, [unhex(item) for item in path]) != (claimed, new_root):
        raise Refused("the proof does not hold")
    if claimed == old_root:
        raise Refused("the larger tree begins with the smaller one")
    return f"{origin} signed a tree of {old} records, and one of {new} that does not begin with it"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("evidence", type=pathlib.Path)
    parser.add_argument("--policy", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    try:
        print("proven: " + check(arguments.evidence.read_bytes(), arguments.policy.read_bytes()))
    except Refused as refusal:
        sys.exit(f"not proven: {refusal}")


if __name__ == "__main__":
    main()
