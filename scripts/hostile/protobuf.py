"""Protocol Buffers without a library: messages as lists of fields, so that they can be wrong in every way.

A field is `[number, kind, value]`: kind 0 with a number, 1 and 5 with bytes, 2 with bytes or a list of fields, 3 (a
group) with a list of fields, "raw" with the bytes that stand there in its place.
"""
import re

MESSAGE = re.compile(r"message (\w+) \{(.*?)\n\}", re.DOTALL)
FIELD = re.compile(r"^\s*(repeated )?(\w+) (\w+) = (\d+);", re.MULTILINE)


def read_messages(text):
    """Of a .proto file: a message's name to its fields, as (name, type, number, whether it is repeated)."""
    return {
        match[1]: [(field[3], field[2], int(field[4]), bool(field[1])) for field in FIELD.finditer(match[2])]
        for match in MESSAGE.finditer(text)
    }


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def encode(fields):
    out = bytearray()
    for number, kind, value in fields:
        if kind == "raw":
            out += value
            continue
        out += varint(number << 3 | kind)
        if kind == 0:
            out += varint(value)
        elif kind == 2:
            content = encode(value) if isinstance(value, list) else value
            out += varint(len(content)) + content
        elif kind == 3:
            out += encode(value) + varint(number << 3 | 4)
        else:
            out += value
    return bytes(out)


def decode(data, messages, name):
    """The fields of a right message."""
    known, fields, place = {field[2]: field for field in messages[name]}, [], 0

    def number():
        nonlocal place
        found = shift = 0
        while True:
            byte = data[place]
            place += 1
            found |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return found

    while place < len(data):
        tag = number()
        if tag & 7 == 0:
            fields.append([tag >> 3, 0, number()])
        else:
            size = number()
            content = data[place:place + size]
            place += size
            kind = known[tag >> 3][1] if tag >> 3 in known else "bytes"
            fields.append([tag >> 3, 2, decode(content, messages, kind) if kind in messages else content])
    return fields
