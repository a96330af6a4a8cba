#!/usr/bin/env python3
"""Checks offline that a record is in a ledger, from docs/proofs.md alone: shares no code with Cairn.

    check-proof.py RECORD PROOF --policy POLICY

RECORD holds the record's canonical bytes, as `cairn get` prints them; a newline at its end is not part of them. Needs
nothing but Python's standard library and `cryptography`. Exit status 0 when the record is proven, 1 with the reason when
it is not.
"""
import argparse
import base64
import binascii
import hashlib
import pathlib
import sys
import unicodedata

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LOG, COSIGNER = 1, 4
HASHES_MAX = 63
SIGNATURES_MAX = 100
NOTE_BYTES_MAX = 1_000_000


class Refused(Exception):
    pass


# --- Texts


def unbase64(text):
    """RFC 4648, section 4, with padding: only what an encoder writes."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"{text!r} is not base64") from None
    if base64.b64encode(data).decode() != text:
        raise Refused(f"{text!r} is another spelling of base64")
    return data


def unhash(text):
    data = unbase64(text)
    if len(data) != 32:
        raise Refused(f"{text!r} is not a hash of 32 bytes")
    return data


def number(text):
    if not (text.isascii() and text.isdigit()) or (text[0] == "0" and text != "0") or int(text) >= 1 << 64:
        raise Refused(f"{text!r} is no number without leading zeros")
    return int(text)


def is_name(text):
    return text != "" and "+" not in text and not any(c.isspace() or unicodedata.category(c) == "Zs" for c in text)


# --- Keys and notes (C2SP signed-note, tlog-cosignature)


class Key:
    """<name>+<ID>+<base64 of type and public key>"""

    def __init__(self, vkey, kind):
        parts = vkey.split("+", 2)
        if len(parts) != 3 or not is_name(parts[0]):
            raise Refused(f"{vkey!r} is no verifier key")
        material = unbase64(parts[2])
        if len(material) != 33 or material[0] != kind:
            raise Refused(f"{vkey!r} is no Ed25519 key of type {kind}")
        self.name, self.kind, self.public = parts[0], kind, material[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n" + material).digest()[:4]
        if parts[1] != self.id.hex():
            raise Refused(f"{vkey!r} has another key's ID")

    def check(self, signature, text):
        """Returns the time of a cosignature, None for a log's signature."""
        time, message = None, text
        if self.kind == COSIGNER:
            if len(signature) != 72 or signature[0] >= 0x80:
                raise Refused(f"the signature of {self.name} is not valid")
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = f"cosignature/v1\ntime {time}\n".encode() + text
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            raise Refused(f"the signature of {self.name} is not valid") from None
        return time


def parse_note(data):
    """Returns the text and a list of (name, key ID, signature)."""
    if len(data) > NOTE_BYTES_MAX:
        raise Refused("the note is too large")
    try:
        note = data.decode()
    except UnicodeDecodeError:
        raise Refused("the note is not UTF-8") from None
    if any(ord(c) < 0x20 and c != "\n" for c in note):
        raise Refused("the note has a control character")
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise Refused("the note has no signatures, or is cut short")
    signatures = []
    for line in lines[:-1].split("\n"):
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or not is_name(parts[1]):
            raise Refused("a signature line is not well-formed")
        signature = unbase64(parts[2])
        if len(signature) < 5:
            raise Refused("a signature line is not well-formed")
        if any(found[:2] == (parts[1], signature[:4]) for found in signatures):
            raise Refused(f"the note has two signatures of the key {parts[1]}")
        signatures.append((parts[1], signature[:4], signature[4:]))
    if len(signatures) > SIGNATURES_MAX:
        raise Refused("the note has too many signatures")
    return (text + "\n").encode(), signatures


# --- Policy (C2SP tlog-policy)


class Policy:
    def __init__(self, data):
        self.logs, self.witnesses, self.groups, self.quorum = [], {}, [], None
        names, grouped, has_quorum = set(), set(), False
        if not data.endswith(b"\n"):
            raise Refused("the policy's last line has no newline")
        for place, line in enumerate(data[:-1].split(b"\n"), 1):
            if any(byte < 0x20 and byte != 9 or byte == 0x7F for byte in line):
                raise Refused(f"line {place} of the policy has a control character")
            items = [item.decode("utf-8", "surrogateescape") for item in line.replace(b"\t", b" ").split(b" ") if item]
            if not items or items[0].startswith("#"):
                continue
            if items[0] == "log" and len(items) in (2, 3):
                key = Key(items[1], LOG)
                if any(key.public == other.public for other in self.logs):
                    raise Refused(f"line {place} of the policy has a key that stands before")
                self.logs.append(key)
                continue
            if items[0] == "quorum" and len(items) == 2 and not has_quorum:
                has_quorum, self.quorum = True, items[1]
                if self.quorum != "none" and self.quorum not in names:
                    raise Refused(f"line {place} of the policy: {self.quorum!r} is not defined before")
                continue
            if items[0] == "witness" and len(items) in (3, 4):
                key = Key(items[2], COSIGNER)
                if any(key.public == other.public for other in self.witnesses.values()):
                    raise Refused(f"line {place} of the policy has a key that stands before")
                self.witnesses[items[1]] = key
            elif items[0] == "group" and len(items) >= 4:
                members = items[3:]
                if len(set(members)) < len(members) or set(members) & grouped or not set(members) <= names:
                    raise Refused(f"line {place} of the policy names what is not defined or stands in a group already")
                grouped |= set(members)
                needed = {"all": len(members), "any": 1}.get(items[2]) or number(items[2])
                if not 1 <= needed <= len(members):
                    raise Refused(f"line {place} of the policy asks for more than the group has")
                self.groups.append((items[1], needed, members))
            else:
                raise Refused(f"line {place} of the policy can't be read")
            if items[1] in names or items[1] == "none":
                raise Refused(f"line {place} of the policy: {items[1]!r} is taken")
            names.add(items[1])
        if not has_quorum:
            raise Refused("the policy has no quorum line")

    def check(self, origin, text, signatures):
        """Returns the cosigners with their times."""
        logs = [key for key in self.logs if key.name == origin]
        if not logs:
            raise Refused(f"the policy does not trust the log {origin!r}")
        known = {(key.name, key.id): key for key in logs + list(self.witnesses.values())}
        times = {}
        for name, key_id, signature in signatures:
            if key := known.get((name, key_id)):
                times[key] = key.check(signature, text)
        if not any(key.kind == LOG for key in times):
            raise Refused("no log key of the policy signed the checkpoint")
        witnessed = {name for name, key in self.witnesses.items() if key in times}
        for name, needed, members in self.groups:
            if len(witnessed & set(members)) >= needed:
                witnessed.add(name)
        if self.quorum != "none" and self.quorum not in witnessed:
            raise Refused(f"the policy's quorum is not reached: {self.quorum}")
        return {key.name: time for key, time in times.items() if key.kind == COSIGNER}


# --- The proof (C2SP tlog-proof, tlog-checkpoint; RFC 9162, section 2.1.3.2)


def parse_proof(data):
    def line():
        nonlocal data
        found, newline, data = data.partition(b"\n")
        if not newline:
            raise Refused("the proof is cut short")
        return found.decode("utf-8", "surrogateescape")

    if line() != "c2sp.org/tlog-proof@v1":
        raise Refused("this is no proof file")
    index = line()
    if index.startswith("extra "):
        unbase64(index.removeprefix("extra "))
        index = line()
    if not index.startswith("index "):
        raise Refused("the proof has no index line")
    path = []
    while hash_line := line():
        path.append(unhash(hash_line))
    if len(path) > HASHES_MAX:
        raise Refused("the proof has too many hashes")
    return number(index.removeprefix("index ")), path, data


def parse_checkpoint(text):
    lines = text.decode().split("\n")[:-1]
    if len(lines) < 3 or "" in lines:
        raise Refused("the checkpoint has no three lines, or an empty one")
    return lines[0], number(lines[1]), unhash(lines[2])


def root_from_path(leaf_hash, index, size, path):
    node, last, found = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            raise Refused("the proof has too many hashes for the tree")
        if node & 1 or node == last:
            found = hashlib.sha256(b"\1" + sibling + found).digest()
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + sibling).digest()
        node, last = node >> 1, last >> 1
    if last:
        raise Refused("the proof has too few hashes for the tree")
    return found


def check(record, proof, policy):
    """Returns a sentence about a record that is proven."""
    index, path, note = parse_proof(proof)
    text, signatures = parse_note(note)
    origin, size, root = parse_checkpoint(text)
    cosigners = Policy(policy).check(origin, text, signatures)
    if index >= size:
        raise Refused(f"the proof is for record {index}, and the tree holds {size}")
    if root_from_path(hashlib.sha256(b"\0" + record).digest(), index, size, path) != root:
        raise Refused("the proof does not lead from this record to the checkpoint's root")
    return f"record {index} of {origin}, in the tree of {size} records, cosigned by {len(cosigners)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("record", type=pathlib.Path)
    parser.add_argument("proof", type=pathlib.Path)
    parser.add_argument("--policy", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    record = arguments.record.read_bytes().removesuffix(b"\n")
    try:
        print("proven: " + check(record, arguments.proof.read_bytes(), arguments.policy.read_bytes()))
    except Refused as refusal:
        sys.exit(f"not proven: {refusal}")


if __name__ == "__main__":
    main()
