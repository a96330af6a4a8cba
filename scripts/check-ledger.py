#!/usr/bin/env python3
"""Checks a data directory from the written formats alone (docs/formats.md): no line is shared with the node.

Reads every segment of the block log, and checks frames, links, timestamps, tree roots (RFC 9162, section 2.1), annex
hashes, submission ids and certificates (Ed25519). Derived files are not looked at. A torn frame behind the newest durable
mark is what a crash may leave, and is passed over.

Prints one line. Exit status 0 when the ledger is valid, 1 when it is not.
"""
import base64
import hashlib
import json
import pathlib
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HEADER = struct.Struct(">4sQQ32sQ32s32s32sQIQ")
ZERO = bytes(32)


class Invalid(Exception):
    pass


def sha256(data):
    return hashlib.sha256(data).digest()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def crc_table():
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        yield value


CRC_TABLE = list(crc_table())


class Tree:
    """The roots of the full subtrees that n leaves split into, largest first."""

    def __init__(self):
        self.size, self.roots = 0, []

    def append(self, leaf):
        node, size = sha256(b"\0" + leaf), self.size
        while size & 1:
            node, size = sha256(b"\1" + self.roots.pop() + node), size >> 1
        self.roots.append(node)
        self.size += 1

    def root(self):
        if not self.roots:
            return sha256(b"")
        node = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            node = sha256(b"\1" + left + node)
        return node


def frames(folder):
    """Yields (durable mark, block bytes, certificate bytes); None for a frame that is not whole."""
    expected = 0
    for path in sorted(folder.glob("blocks/*.log")):
        data = path.read_bytes()
        if int(path.stem) != expected:
            raise Invalid(f"{path.name}: block {expected} should begin a segment here")
        if data[:8] != b"CRNS\0\0\0\1" or crc32c(data[:60]) != int.from_bytes(data[60:64], "big"):
            yield None
            return
        place = 64
        while place < len(data):
            if data[place:place + 4] != b"\xffCF1" or place + 24 > len(data):
                yield None
                return
            crc, block, certificate, durable = struct.unpack(">IIIQ", data[place + 4:place + 24])
            end = place + 24 + block + certificate
            if end > len(data) or crc32c(data[place + 8:end]) != crc:
                yield None
                return
            yield durable, data[place + 24:place + 24 + block], data[place + 24 + block:end]
            place, expected = end, expected + 1


def entries(data):
    place = 0
    while place < len(data):
        size = int.from_bytes(data[place:place + 2], "big")
        if size == 0 or place + 2 + size > len(data):
            raise Invalid("an entry is not whole")
        yield data[place + 2:place + 2 + size]
        place += 2 + size


def check_certificate(data, chain, epoch, block_hash, members, fault_model):
    of_epoch, view, of_block, count = struct.unpack(">QQ32sH", data[:50])
    if len(data) != 50 + 66 * count or of_epoch != epoch or of_block != block_hash:
        raise Invalid("the certificate is not this block's")
    message = b"cairn/vote/1\0" + chain + struct.pack(">QQB", epoch, view, 3) + block_hash
    power, last = 0, -1
    for number in range(count):
        vote = data[50 + 66 * number:116 + 66 * number]
        member = int.from_bytes(vote[:2], "big")
        if member <= last:
            raise Invalid("the certificate's votes are out of order")
        last = member
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(members[member]["key"])).verify(vote[2:], message)
        except InvalidSignature:
            raise Invalid(f"the signature of member {member} is not valid") from None
        power += members[member]["power"]
    total = sum(member["power"] for member in members)
    if not (2 * power > total if fault_model == "majority" else 3 * power > 2 * total):
        raise Invalid("the certificate's votes are no quorum")


def check(folder):
    tree, settings, chain = Tree(), None, None
    previous, previous_time, blocks, marks, ids = ZERO, 0, 0, 0, {}
    for frame in frames(folder):
        if frame is None:
            break
        durable, block, certificate = frame
        marks = max(marks, durable)
        (magic, index, timestamp, link, size, root, annex_hash, proposer, epoch, bits, nonce) = HEADER.unpack(block[:176])
        annex_size = int.from_bytes(block[176:180], "big")
        annex, rest = block[180:180 + annex_size], block[180 + annex_size:]
        block_hash = sha256(block[:176])
        try:
            if magic != b"CRN1" or index != blocks or link != previous or timestamp < previous_time:
                raise Invalid("it does not follow the block before it")
            if (epoch, bits, nonce) != (0, 0, 0) or annex_hash != (sha256(annex) if annex else ZERO):
                raise Invalid("its header is not right")
            agreed = json.loads(annex) if annex else {}
            first = tree.size
            for record in entries(rest):
                json.loads(record)
                tree.append(record)
            if index == 0:
                settings, chain = agreed["genesis"], block_hash
            if (size, root) != (tree.size, tree.root()) or (index > 0) != (tree.size > first):
                raise Invalid("its tree is not that of its records")
            if proposer.hex() not in [member["key"] for member in settings["members"]]:
                raise Invalid("its proposer is no member")
            if index > 0:
                check_certificate(certificate, chain, epoch, block_hash, settings["members"], settings["fault_model"])
            listed = base64.b64decode(agreed.get("submissions", {}).get("ids", ""))
            for place in range(0, len(listed), 16):
                name = listed[place:place + 16]
                if name in ids and ids[name] + settings["limits"]["submission_window"] > first:
                    raise Invalid("it repeats a submission")
                ids[name] = tree.size
        except (Invalid, KeyError, ValueError) as error:
            raise Invalid(f"block {blocks}: {error}") from None
        previous, previous_time, blocks = block_hash, timestamp, blocks + 1
    seal = (folder / "blocks/seal").read_bytes() if (folder / "blocks/seal").exists() else b""
    for slot in (seal[:512], seal[512:1024]):
        if len(slot) == 512 and slot[:4] == b"CRNE" and crc32c(slot[:508]) == int.from_bytes(slot[508:], "big"):
            marks = max(marks, int.from_bytes(slot[16:24], "big"))
    if blocks == 0 or marks > blocks:
        raise Invalid(f"block {blocks} is damaged or missing: {marks} blocks were durable")
    return f"valid blocks={blocks} records={tree.size} head={previous.hex()} root={tree.root().hex()}"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: check-ledger.py DATA_DIRECTORY")
    try:
        print(check(pathlib.Path(sys.argv[1])))
    except Invalid as error:
        print(f"NOT VALID: {error}")
        sys.exit(1)


main()
