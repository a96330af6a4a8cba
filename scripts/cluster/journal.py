"""Reads a member's journal, from docs/formats.md alone: what it voted for, and what of that isn't final."""
import pathlib
import struct

CELL = 512
BLOCK, VOTE, CERTIFICATE, EQUIVOCATION, LEADERS_VOTE = 1, 2, 3, 4, 5
NOTARISE, NULLIFY, FINALISE = 1, 2, 3


def entries(data):
    """(kind, content) of all entries, in order, of the file that holds."""
    files = sorted(pathlib.Path(data, "journal").glob("*.log"), reverse=True)
    for path in files:
        file = path.read_bytes()
        if any(file[:CELL]):
            return list(parts(file))
    return []


def parts(file):
    place, expected = CELL, 1
    while place + CELL <= len(file):
        _, following, batch = struct.unpack_from(">IIQ", file, place)
        end = place + CELL * (following + 1)
        if batch != expected or end > len(file):
            return
        content = b"".join(file[start + 16:start + CELL] for start in range(place, end, CELL))
        at = 0
        while at + 4 <= len(content) and (size := int.from_bytes(content[at:at + 4], "big")):
            yield content[at + 4], content[at + 5:at + 4 + size]
            at += 4 + size
        place, expected = end, expected + 1


def final_view(data):
    """(epoch, view) of the newest certificate in the block log: what this member knows to be final."""
    newest = (0, 0)
    for path in sorted(pathlib.Path(data, "blocks").glob("*.log")):
        log, place = path.read_bytes(), 64
        while log[place:place + 4] == b"\xffCF1":
            block, certificate = struct.unpack_from(">II", log, place + 8)
            end = place + 24 + block + certificate
            if certificate and end <= len(log):
                newest = max(newest, struct.unpack_from(">QQ", log, place + 24 + block))
            place = end
    return newest


def unfinished(data, final):
    """(epoch, view, kind) of the member's own votes in views behind one that is final: what it must not contradict."""
    votes = (struct.unpack_from(">QQB", content) for kind, content in entries(data) if kind == VOTE)
    return sorted({vote for vote in votes if vote[:2] > final})
