#!/usr/bin/env python3
"""Checks a data directory from the written formats alone (docs/formats.md): no line is shared with the node.

Reads every segment of the block log, and checks frames, links, timestamps, tree roots (RFC 9162, section 2.1), limits,
annex hashes, submission ids, changes of members and settings, and certificates (Ed25519). Derived files are not looked at. A frame
that is bad behind every durable mark is what a crash may leave, and is passed over; so are blocks at the end that no
certificate makes final.

Prints one line. Exit status 0 when the ledger is valid, 1 when it is not.
"""
import base64
import hashlib
import json
import pathlib
import re
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HEADER = struct.Struct(">4sQQ32sQ32s32s32sQIQ")
FRAME = struct.Struct(">4sIIIQ")
MAGIC = b"\xffCF1"
ZERO = bytes(32)


class Invalid(Exception):
    """What is wrong, and in which block when it is not the one that is being looked at."""

    def __init__(self, reason, block=None):
        super().__init__(reason)
        self.block = block


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


# What is stored where.

def whole_frame(data, place):
    """The durable mark, the block, the certificate, and where the next frame begins; None when no frame is whole."""
    if place + FRAME.size > len(data):
        return None
    magic, crc, block, certificate, mark = FRAME.unpack_from(data, place)
    end = place + FRAME.size + block + certificate
    if magic != MAGIC or end > len(data) or crc32c(data[place + 8:end]) != crc:
        return None
    middle = place + FRAME.size + block
    return mark, data[place + FRAME.size:middle], data[middle:end], end


def marks_behind(data, place):
    """The durable marks of all whole frames from a place on, wherever they begin."""
    while (place := data.find(MAGIC, place)) >= 0:
        frame = whole_frame(data, place)
        if frame:
            yield frame[0]
        place = frame[3] if frame else place + 1


def read_log(folder):
    """All that the log holds up to the first bad frame, which segment headers it needs, and the newest mark behind."""
    frames, chains, mark, is_good = [], [], 0, True
    for path in sorted(folder.glob("blocks/*.log")):
        data, place = path.read_bytes(), 64
        header = data[:64]
        is_header_good = (
            len(header) == 64 and header[:8] == b"CRNS\0\0\0\1" and header[48:60] == bytes(12)
            and int.from_bytes(header[60:], "big") == crc32c(header[:60])
            and path.name == f"{int.from_bytes(header[8:16], 'big'):020}.log")
        if is_good and is_header_good:
            if int(path.stem) != len(frames):
                raise Invalid(f"block {len(frames)}: it is missing, {path.name} follows")
            chains.append(header[16:48])
            while frame := whole_frame(data, place):
                frames.append(frame[:3])
                place = frame[3]
        is_good = is_good and is_header_good and place == len(data)
        if not is_good:
            mark = max([mark, *marks_behind(data, min(place, len(data)))])
    return frames, chains, mark


def sealed(folder):
    """How many blocks the newest good slot of the seal covers, and the hash of the last one."""
    path = folder / "blocks/seal"
    data = path.read_bytes() if path.exists() else b""
    slots = [data[place:place + 512] for place in (0, 512)]
    good = [
        struct.unpack_from(">QQQQ32s", slot, 8) for slot in slots
        if len(slot) == 512 and slot[:8] == b"CRNE\0\0\0\1" and crc32c(slot[:508]) == int.from_bytes(slot[508:], "big")]
    newest = max(good, default=(0, 0, 0, 0, ZERO))
    return newest[1], newest[4]


# What a block says.

def entries(data):
    place = 0
    while place < len(data):
        size = int.from_bytes(data[place:place + 2], "big")
        if size == 0 or place + 2 + size > len(data):
            raise Invalid("an entry is not whole")
        yield data[place + 2:place + 2 + size]
        place += 2 + size


def submissions(agreed, records):
    """Each submission's id, and how many records of the block there are up to its last one."""
    listed = agreed.get("submissions")
    if listed is None:
        return
    ids, place, last = base64.b64decode(listed["ids"], validate=True), 0, 0
    for first, count, times in listed["spans"]:
        for number in range(times):
            begin, end = first + number * count, first + (number + 1) * count
            if begin < last or end > records or count < 1 or place + 16 > len(ids):
                raise Invalid("a submission is not in the block")
            yield ids[place:place + 16], end
            place, last = place + 16, end
    if place != len(ids):
        raise Invalid("there are more submission ids than spans")


def check_signature(key, signature, message):
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, message)
    except InvalidSignature:
        raise Invalid(f"the signature of {key} is not valid") from None


def check_predecessor(settings):
    """The ledger whose place this one takes, if it says so: nothing but its form can be checked here."""
    old = settings.get("predecessor")
    if "predecessor" not in settings:
        return
    if set(old) != {"chain", "root", "size"} or not 0 <= old["size"] <= 1 << 53:
        raise Invalid("its predecessor has other fields or a size that can't be")
    if any(len(bytes.fromhex(old[name])) != 32 or old[name] != old[name].lower() for name in ("chain", "root")):
        raise Invalid("its predecessor has a hash that is none")


def check_agreement(settings):
    """The rule of epoch 0. The first one has no name in a genesis block."""
    agreement = settings.get("agreement", "simplex-1")
    if agreement not in AGREEMENTS or ("agreement" in settings and agreement == "simplex-1"):
        raise Invalid(f"its agreement is {json.dumps(agreement)[:200]}, which this program doesn't know")
    return agreement


def check_quorum(signatures, message, members):
    """Signatures with the signers' places, against a set of members."""
    power, last = 0, -1
    for place, signature in signatures:
        if not last < place < len(members["members"]):
            raise Invalid("signatures are out of order or nobody's")
        last = place
        check_signature(members["members"][place]["key"], signature, message)
        power += members["members"][place]["power"]
    total = sum(member["power"] for member in members["members"])
    if not (2 * power > total if members["fault_model"] == "majority" else 3 * power > 2 * total):
        raise Invalid("the signatures are no quorum")


NOTARISE, FINALISE = 1, 3


def is_final_with_all(members, settings):
    """Whether notarise votes of all members make a block final: two of them always have more power than may lie."""
    powers = sorted(member["power"] for member in members["members"])
    return (
        settings["agreement"] == "simplex-2" and members["fault_model"] == "bft" and len(powers) > 1
        and powers[0] + powers[1] > (sum(powers) - 1) // 3)


def check_certificate(data, chain, epoch, block_hash, members, settings):
    if len(data) < 50:
        raise Invalid("the certificate is too short")
    of_epoch, view, of_block, count = struct.unpack(">QQ32sH", data[:50])
    # The highest bit says which kind of votes they are.
    kind, count = (NOTARISE if count & 0x8000 else FINALISE), count & 0x7FFF
    if len(data) != 50 + 66 * count or of_epoch != epoch or of_block != block_hash:
        raise Invalid("the certificate is not this block's")
    if kind == NOTARISE and not (is_final_with_all(members, settings) and count == len(members["members"])):
        raise Invalid("notarise votes make it final only where the epoch says so, and of all members")
    message = b"cairn/vote/1\0" + chain + struct.pack(">QQB", epoch, view, kind) + block_hash
    votes = [data[50 + 66 * number:116 + 66 * number] for number in range(count)]
    check_quorum([(int.from_bytes(vote[:2], "big"), vote[2:]) for vote in votes], message, members)


AGREEMENTS = ("simplex-1", "simplex-2")
LIMITS = {"block_bytes": 4_194_304, "block_records": 8_192, "record_bytes": 65_535}


KEY = re.compile("[0-9a-f]{64}")


def check_recovery(keys):
    """The keys that may end an epoch with one member, and how many of them."""
    if not isinstance(keys, dict) or set(keys) != {"keys", "needed"}:
        return False
    names, needed = keys["keys"], keys["needed"]
    return (
        isinstance(names, list) and all(isinstance(name, str) and KEY.fullmatch(name) for name in names)
        and 1 <= len(names) <= 16 and names == sorted(set(names))
        and type(needed) is int and 1 <= needed <= len(names))


def check_settings(settings):
    """What may be beside the members. A ledger may be right whose settings this checker doesn't know."""
    limits = settings.get("limits") if isinstance(settings, dict) else None
    window = limits.get("submission_window") if isinstance(limits, dict) else None
    known = {"agreement": "simplex-1", "limits": LIMITS | {"submission_window": window}}
    if isinstance(settings, dict) and settings.get("agreement") in AGREEMENTS:
        known["agreement"] = settings["agreement"]
    if isinstance(settings, dict) and check_recovery(settings.get("recovery")):
        known["recovery"] = settings["recovery"]
    if settings != known or type(window) is not int or not 1 <= window <= 1 << 32:
        raise Invalid(
            f"it changes the settings to {json.dumps(settings)[:200]}, which this program doesn't know: "
            "it needs a newer version of Cairn")
    return settings


def check_recovered(data, chain, header, block_hash, keys):
    """The signatures of recovery keys, which stand in the place of a certificate."""
    index, link, epoch = header
    of_epoch, view, of_block, count = struct.unpack(">QQ32sH", data[:50])
    if len(data) != 50 + 66 * count or (of_epoch, view) != (epoch, 0) or of_block != block_hash:
        raise Invalid("the certificate is not this block's, or not one of recovery keys")
    message = b"cairn/recovery/1\0" + chain + struct.pack(">QQ", epoch, index) + link + block_hash
    last = -1
    for number in range(count):
        vote = data[50 + 66 * number:116 + 66 * number]
        place = int.from_bytes(vote[:2], "big")
        if not last < place < len(keys["keys"]):
            raise Invalid("signatures of recovery keys are out of order or nobody's")
        last = place
        check_signature(keys["keys"][place], vote[2:], message)
    if count < keys["needed"]:
        raise Invalid("too few recovery keys signed it")


def has_known_format(change):
    """What the fields of a change mean in another format, this checker can't know. The first one has no number."""
    return isinstance(change, dict) and ("format" not in change or (type(change["format"]), change["format"]) == (int, 2))


def check_change(change, chain, epoch, present, present_settings):
    """Returns the next set of members, and the next settings."""
    if not isinstance(change, dict) or (type(change.get("format")), change.get("format")) == (int, 1):
        raise Invalid("its change of members is none")
    if not has_known_format(change):
        raise Invalid(f"it changes the settings to format {json.dumps(change['format'])[:200]}, which this program "
                      "doesn't know: it needs a newer version of Cairn")
    fields = {"epoch", "fault_model", "joining", "members", "signatures"}
    if "format" in change:
        fields |= {"format", "settings"} | ({"recovery"} if change.get("recovery") is True else set())
    if set(change) != fields:
        raise Invalid("its change of members has other fields")
    members = [(member["key"], member["power"]) for member in change["members"]]
    keys, model = [key for key, _ in members], change["fault_model"]
    if not (1 <= len(set(keys)) == len(keys) <= 1_024 and all(1 <= power <= 1 << 32 for _, power in members)):
        raise Invalid("its change of members names a set that can't be")
    settings = check_settings(change["settings"]) if "settings" in change else present_settings
    if change["epoch"] != epoch:
        raise Invalid("its change of members is of another epoch")
    before = [(member["key"], member["power"]) for member in present["members"]]
    is_same = (sorted(members), model, settings) == (sorted(before), present["fault_model"], present_settings)
    if model not in ("majority", "bft") or is_same:
        raise Invalid("its change of members changes nothing")
    listed = ",".join(f'{{"key":"{key}","power":{power}}}' for key, power in members)
    content = f'{{"fault_model":"{model}","members":[{listed}]}}'.encode()
    message = b"cairn/members/1\0" + chain + struct.pack(">Q", epoch) + sha256(content)
    if "settings" in change:
        chosen = json.dumps(change["settings"], sort_keys=True, separators=(",", ":")).encode()
        message = b"cairn/epoch/2\0" + chain + struct.pack(">Q", epoch) + sha256(content) + sha256(chosen)
    if len(keys) > 1 and "recovery" in settings:
        raise Invalid("its change of members leaves recovery keys to several members")
    if "recovery" in change:
        # Recovery keys sign the block itself.
        if len(before) > 1 or "recovery" not in present_settings or change["signatures"] or before[0][0] in keys:
            raise Invalid("its change of members by recovery keys can't be")
    else:
        check_quorum([(place, bytes.fromhex(text)) for place, text in change["signatures"]], message, present)
    joining = [key for key in keys if key not in dict(before)]
    if len(joining) != len(change["joining"]):
        raise Invalid("its change of members was not signed by each key that joins")
    for key, text in zip(joining, change["joining"]):
        check_signature(key, bytes.fromhex(text), message)
    return {"fault_model": model, "members": change["members"]}, settings


class Chain:
    """What the blocks so far come to."""

    def __init__(self):
        self.tree, self.ids = Tree(), {}
        self.blocks, self.hash, self.time = 0, ZERO, 0
        self.chain = None
        # Of the present epoch, and up to which record ids of submissions were forgotten before it.
        self.settings, self.forgotten = None, 0
        self.epoch, self.members = 0, None
        # The first block since the last certificate, and the last one of an epoch among them.
        self.uncovered = self.unended = None
        # What there is up to the last certificate: blocks, records, hash, root.
        self.final = (0, 0, ZERO, ZERO)

    def apply(self, mark, block, certificate):
        if len(block) < 180:
            raise Invalid("it is too short")
        magic, index, time, link, size, root, annex_hash, proposer, epoch, bits, nonce = HEADER.unpack(block[:176])
        annex_end = 180 + int.from_bytes(block[176:180], "big")
        annex, rest, block_hash = block[180:annex_end], block[annex_end:], sha256(block[:176])
        if magic != b"CRN1" or index != self.blocks or link != self.hash or time < self.time:
            raise Invalid("it does not follow the block before it")
        if mark > index:
            raise Invalid("its durable mark is beyond itself")
        if annex_end > len(block) or len(block) - 180 > 4_194_304:
            raise Invalid("its annex or it as a whole is too long")
        if self.unended is not None:
            raise Invalid("it ends its epoch and has no certificate", self.unended)
        if (epoch, bits, nonce) != (self.epoch, 0, 0) or annex_hash != (sha256(annex) if annex else ZERO):
            raise Invalid("its header is not right")
        agreed, first = json.loads(annex) if annex else {}, self.tree.size
        for record in entries(rest):
            json.loads(record)
            self.tree.append(record)
        records = self.tree.size - first
        allowed = {"genesis", "submissions"} if index == 0 else {"change", "submissions"}
        if ("genesis" in agreed) != (index == 0) or not set(agreed) <= allowed:
            raise Invalid("its annex has a field too many or lacks one")
        if index == 0:
            settings, self.chain = agreed["genesis"], block_hash
            check_predecessor(settings)
            agreement = check_agreement(settings)
            self.members = {name: settings[name] for name in ("fault_model", "members")}
            self.settings = {"agreement": agreement, "limits": settings["limits"]}
        if (size, root) != (self.tree.size, self.tree.root()) or records > 8_192:
            raise Invalid("its tree is not that of its records")
        if (index == 0 and records > 0) or (index > 0 and records == 0 and "change" not in agreed):
            raise Invalid("it holds records that can't be there, or none")
        change = agreed.get("change", {})
        is_recovery = has_known_format(change) and "recovery" in change
        if is_recovery and (records > 0 or "submissions" in agreed):
            raise Invalid("it changes members by recovery keys and holds records")
        proposers = change["members"][:1] if is_recovery else self.members["members"]
        if proposer.hex() not in [member["key"] for member in proposers]:
            raise Invalid("its proposer is no member")
        if certificate and is_recovery:
            if "recovery" not in self.settings or len(self.members["members"]) > 1:
                raise Invalid("its epoch has no recovery keys")
            check_recovered(certificate, self.chain, (index, link, epoch), block_hash, self.settings["recovery"])
        elif index > 0 and certificate:
            check_certificate(certificate, self.chain, epoch, block_hash, self.members, self.settings)
        self.uncovered = None if certificate or index == 0 else index if self.uncovered is None else self.uncovered
        window = self.settings["limits"]["submission_window"]
        seen, forgotten = set(), max(self.forgotten, first - window)
        for name, end in submissions(agreed, records):
            if name in seen or self.ids.get(name, 0) > forgotten:
                raise Invalid("it repeats a submission")
            seen.add(name)
            self.ids[name] = first + end
        if "change" in agreed:
            self.forgotten = max(self.forgotten, size - window)
            try:
                self.members, self.settings = check_change(
                    change, self.chain, epoch, self.members, self.settings)
            except Invalid:
                # Anybody may have made it up: it must not pass for what only a newer version knows.
                if not certificate:
                    raise Invalid("its change can't be, and it has no certificate") from None
                raise
            self.epoch += 1
            self.unended = None if certificate else index
        self.hash, self.time, self.blocks = block_hash, time, self.blocks + 1
        if self.uncovered is None:
            self.final = (self.blocks, self.tree.size, self.hash, self.tree.root())


def check(folder):
    frames, chains, mark = read_log(folder)
    sealed_blocks, sealed_hash = sealed(folder)
    chain = Chain()
    for frame in frames:
        try:
            chain.apply(*frame)
            if chain.blocks == sealed_blocks and chain.hash != sealed_hash:
                raise Invalid("it is not the one that was sealed")
        except (Invalid, AttributeError, KeyError, TypeError, ValueError) as error:
            block = getattr(error, "block", None)
            raise Invalid(f"block {chain.blocks if block is None else block}: {error}") from None
        mark = max(mark, frame[0])
    if any(named != chain.chain for named in chains):
        raise Invalid("block 0: a segment is of another chain")
    mark = max(mark, sealed_blocks)
    if chain.blocks == 0 or mark > chain.blocks:
        raise Invalid(f"block {chain.blocks}: it is damaged or missing, and {mark} blocks were durable")
    if chain.uncovered is not None and mark > chain.uncovered:
        raise Invalid(f"block {chain.uncovered}: no certificate makes it final, and {mark} blocks were durable")
    blocks, records, head, root = chain.final
    return f"valid blocks={blocks} records={records} head={head.hex()} root={root.hex()}"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: check-ledger.py DATA_DIRECTORY")
    try:
        print(check(pathlib.Path(sys.argv[1])))
    except (Invalid, OSError) as error:
        print(f"NOT VALID: {error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
