"""What can happen to a file: bits, sizes, contents, and another kind of file in its place."""
import base64
import os
import socket

# Of a file that is nothing but a hole.
HUGE_BYTES = 1 << 38
FRAME_MAGIC, FRAME_HEADER, BLOCK_HEADER = b"\xffCF1", 24, 176


def flipped(path, chance):
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 1, 1, 3, 20])):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def truncated(path, chance):
    os.truncate(
        path,
        chance.choice([0, 1,
                       path.stat().st_size // 2,
                       path.stat().st_size - 1,
                       chance.randrange(path.stat().st_size)]))


def zeroed(path, chance):
    """A part or all of it is zeros."""
    data = bytearray(path.read_bytes())
    start = chance.choice([0, chance.randrange(len(data)), len(data) // 2])
    end = min(len(data), start + chance.choice([1, 8, 64, 512, 4096, len(data)]))
    data[start:end] = bytes(end - start)
    path.write_bytes(data)


def garbled(path, chance):
    data = bytearray(path.read_bytes())
    start = chance.randrange(len(data))
    end = min(len(data), start + chance.choice([4, 64, 512, len(data)]))
    data[start:end] = chance.randbytes(end - start)
    path.write_bytes(data)


def doubled(path, chance):
    path.write_bytes(path.read_bytes() * 2)


def lengthened(path, chance):
    with open(path, "ab") as file:
        file.write(chance.choice([bytes(1), bytes(512), bytes(1 << 20), chance.randbytes(100)]))


def exchanged(path, chance):
    """It holds what a neighbour holds."""
    others = [other for other in path.parent.iterdir() if other.is_file() and other != path]
    if others:
        path.write_bytes(chance.choice(sorted(others)).read_bytes())
    else:
        path.write_bytes(b"cairn")


def altered(path, chance):
    """A bit of a stored record is another one, and the frame's checksum is right."""
    data = bytearray(path.read_bytes())
    places, place = [], data.find(FRAME_MAGIC)
    while place >= 0:
        length, certificate = int.from_bytes(data[place + 8:place + 12], "big"), int.from_bytes(
            data[place + 12:place + 16], "big")
        end = place + FRAME_HEADER + length + certificate
        if end <= len(data) and length > BLOCK_HEADER + 6:
            places.append((place, length, end))
        place = data.find(FRAME_MAGIC, max(end, place + 1))
    if not places:
        return flipped(path, chance)
    place, length, end = chance.choice(places)
    data[place + FRAME_HEADER + chance.randrange(length)] ^= 1 << chance.randrange(8)
    data[place + 4:place + 8] = crc32c(data[place + 8:end]).to_bytes(4, "big")
    path.write_bytes(data)


def deleted(path, chance):
    path.unlink()


def folder(path, chance):
    path.unlink()
    path.mkdir()


def fifo(path, chance):
    path.unlink()
    os.mkfifo(path)


def endless(path, chance):
    path.unlink()
    path.symlink_to("/dev/zero")


def loop(path, chance):
    path.unlink()
    path.symlink_to(path.name)


def dangling(path, chance):
    path.unlink()
    path.symlink_to("nowhere")


def listening(path, chance):
    """A socket. Its path may be too long for the system: it is made in the folder."""
    path.unlink()
    here = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{here}/{path.name}")
    finally:
        os.close(here)


def huge(path, chance):
    os.truncate(path, HUGE_BYTES)


def hollow(path, chance):
    os.truncate(path, 0)
    os.truncate(path, HUGE_BYTES)


def unreadable(path, chance):
    path.chmod(0)


CONTENT = [flipped, flipped, flipped, truncated, truncated, zeroed, zeroed, garbled, doubled, lengthened, exchanged]
KIND = [deleted, folder, fifo, endless, loop, dangling, listening, huge, hollow, unreadable]


def kinds(path):
    """What can be done to a file: its content can't be damaged where there is none."""
    found = KIND + (CONTENT if path.stat().st_size else [])
    return found + [altered] * 3 if path.suffix == ".log" and path.parent.name == "blocks" else found


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


def kept(path):
    """A damaged file, as far as it can be kept in a report."""
    if path.is_symlink():
        return f"a link to {os.readlink(path)}"
    if not path.is_file() or path.stat().st_size > 4096:
        return None
    return base64.b64encode(path.read_bytes()).decode()
