"""Generates what a hostile node sends over a link: right messages, and what can be done to them."""
import base64

from link_client import BINARY, CLOSE, PING, PONG, TEXT, frame
from protobuf import encode, varint

NUMBERS = [
    0, 1, 2, 3, 7, 127, 128, 255, 65535, 65536, 2**31, 2**32 - 1, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 2, 2**64 - 1
]
SIZES = [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 99, 114, 115, 116, 175, 176, 177, 255, 1000, 70_000]
# Field names to how many bytes a right value has.
SIZES_OF = {
    "chain": 32, "node": 32, "head_hash": 32, "block_request": 32, "id": 16, "signature": 64, "vote": 115,
    "header": 176, "parent": 176, "member": 32, "log_key": 32, "cosigner_key": 32
}
# Large messages are few: one in so many.
LARGE_ONE_IN = 200
MESSAGE_BYTES_MAX = 8 << 20


class Cases:
    """parts: what the nodes of the cluster have said, by the name of the field: blocks, certificates, headers and so on.
    corpus: whole messages of theirs, as fields."""

    def __init__(self, messages):
        self.messages, self.parts, self.corpus = messages, {}, []

    def learn(self, fields, name="Envelope"):
        """Keeps a message and its parts."""
        if name == "Envelope":
            self.corpus.append(fields)
        known = {field[2]: field for field in self.messages[name]}
        for number, kind, value in fields:
            if number in known:
                field, type_, _, _ = known[number]
                if isinstance(value, list):
                    self.learn(value, type_)
                elif kind == 2 and value not in self.parts.setdefault(field, []):
                    self.parts[field].append(value)

    def case(self, chance):
        """What one link does: whose key it has, and what it sends, as steps."""
        steps = [] if chance.random() < 0.05 else [{"hello": None} if chance.random() < 0.9 else
                                                   {"hello": self.text(self.wrong_hello(chance))}]
        for _ in range(chance.choice([1, 3, 10, 10, 30, 100])):
            steps.append({"send": self.text(self.frames(chance))})
        if chance.random() < 0.1:
            data = self.message(chance)
            size = chance.choice([len(data) + 1, 1 << 16, MESSAGE_BYTES_MAX])
            steps.append({"send": self.text(frame(data, size=size)), "is_open": True})
        if chance.random() < 0.05:
            steps.insert(chance.randrange(len(steps)), {"hello": None})
        return {"key": "member" if chance.random() < 0.05 else "stranger", "steps": steps}

    def text(self, data):
        return base64.b64encode(data).decode()

    def wrong_hello(self, chance):
        fields = [[1, 0, 2], [2, 0, 2], [3, 2, chance.choice(self.parts.get("chain", [bytes(32)]))],
                  [5, 0, chance.choice(NUMBERS)], [6, 0, chance.choice(NUMBERS)]]
        if chance.random() < 0.5:
            fields.append([7, 2, self.fill("AddressRecord", chance)])
        return frame(encode([[1, 2, self.disturb(fields, chance)]]))

    def frames(self, chance):
        """One message, mostly in one frame."""
        data = self.message(chance)
        how = chance.random()
        if how < 0.93:
            return frame(data)
        if how < 0.96:
            place = chance.randrange(len(data) + 1)
            return frame(data[:place], is_last=False) + frame(data[place:], kind=0)
        return chance.choice([
            lambda: frame(data, kind=TEXT), lambda: frame(data, is_masked=False),
            lambda: frame(data, reserved=chance.randrange(1, 8)),
            lambda: frame(data, kind=chance.choice([3, 7, 11, 15])), lambda: frame(data[:200], kind=PING),
            lambda: frame(data[:125], kind=PONG), lambda: frame(data[:125], kind=CLOSE),
            lambda: frame(data[:20], kind=PING, is_last=False), lambda: frame(data, kind=0),
            lambda: frame(data, is_last=False) + frame(data, kind=BINARY),
            lambda: b"".join(frame(data[:9], is_last=False, kind=0 if n else BINARY) for n in range(300)),
            lambda: frame(data, size=chance.choice([0, MESSAGE_BYTES_MAX + 1, 2**63 - 1, 2**63, 2**64 - 1])),
            lambda: b"".join(frame(b"", kind=PING) for _ in range(500)),
            lambda: chance.randbytes(chance.randrange(1, 300)), lambda: frame(b"\x03\xe8\xff\xfe", kind=CLOSE)
        ])()

    def message(self, chance):
        fields = chance.choice(self.corpus) if self.corpus and chance.random() < 0.4 else self.fill("Envelope", chance)
        if chance.randrange(LARGE_ONE_IN) == 0:
            return self.large(fields, chance)
        if chance.random() < 0.6:
            fields = self.disturb(fields, chance)
        data = encode(fields)
        return self.damage(data, chance) if chance.random() < 0.1 and data else data

    def fill(self, name, chance, depth=0):
        """A message of that name, with right or nearly right values."""
        fields = self.messages[name]
        if name == "Envelope":
            fields = [chance.choice(fields)]
        found = []
        for field, type_, number, is_repeated in fields:
            for _ in range(chance.choice([0, 1, 2, 5]) if is_repeated else chance.choice([1, 1, 1, 1, 0])):
                found.append(self.value(field, type_, number, chance, depth))
        return found

    def value(self, field, type_, number, chance, depth):
        if type_ in self.messages:
            return [number, 2, self.fill(type_, chance, depth + 1)]
        if type_ in ("uint64", "uint32", "bool"):
            return [number, 0, chance.choice([0, 1, 1, 2, 3, 5]) if chance.random() < 0.6 else chance.choice(NUMBERS)]
        if type_ == "string":
            return [
                number, 2,
                chance.choice([
                    b"127.0.0.1:1", b":5001", b"localhost:0", b"[::1]:99999", b"\xff", b"", b"a" * 300, b"\x1b[2J",
                    "\u202e".encode()
                ])
            ]
        known = self.parts.get(field, [])
        if known and chance.random() < 0.7:
            return [number, 2, chance.choice(known)]
        return [
            number, 2,
            chance.randbytes(SIZES_OF[field] if field in SIZES_OF and chance.random() < 0.7 else chance.choice(SIZES))
        ]

    def disturb(self, fields, chance):
        """Something is missing, twice, in another place, of another kind or nested."""
        fields = [[
            number, kind,
            self.disturb(value, chance) if isinstance(value, list) and value and chance.random() < 0.7 else value
        ] for number, kind, value in fields]
        for _ in range(chance.choice([0, 1, 1, 2])):
            place = chance.randrange(len(fields) + 1)
            field = fields[place] if place < len(fields) else [
                chance.choice([0, 1, 25, 100, 2**29 - 1, 2**61]),
                chance.choice([0, 1, 2, 3, 5]), None
            ]
            fields[place:place + 1] = chance.choice(
                [self.missing, self.twice, self.other_number, self.other_kind, self.nested, self.other_value])(field,
                                                                                                               chance)
        if chance.random() < 0.1:
            chance.shuffle(fields)
        return fields

    def missing(self, field, chance):
        return []

    def twice(self, field, chance):
        return [field if field[2] is not None else [1, 0, 0]] * chance.choice([2, 3, 100])

    def other_number(self, field, chance):
        return [[chance.choice([0, 1, 2, 3, 4, 13, 24, 25, 2**29 -
                                1, 2**29, 2**61]), field[1], field[2]]] if field[2] is not None else []

    def other_kind(self, field, chance):
        kind = chance.choice([0, 1, 2, 3, 5])
        return [[
            field[0], kind,
            {0: chance.choice(NUMBERS), 1: bytes(8), 2: bytes(chance.choice(SIZES)), 3: [], 5: bytes(4)}[kind]
        ]]

    def nested(self, field, chance):
        value = [[field[0], 0, 1]]
        for _ in range(chance.choice([1, 10, 99, 101, 1_000])):
            value = [[field[0] % 2**29, chance.choice([2, 3]), encode(value) if chance.random() < 0.9 else value]]
            if value[0][1] == 3:
                value = [[
                    0, "raw",
                    varint(field[0] % 2**29 << 3 | 3) +
                    (value[0][2] if isinstance(value[0][2], bytes) else encode(value[0][2])) +
                    varint(field[0] % 2**29 << 3 | 4)
                ]]
        return value

    def other_value(self, field, chance):
        if field[1] == 0:
            return [[field[0], 0, chance.choice(NUMBERS)]] if chance.random() < 0.7 else [[
                0, "raw", varint(field[0] << 3) + b"\xff" * chance.choice([9, 10, 11, 50]) + b"\x01"
            ]]
        if field[1] == 2 and isinstance(field[2], bytes) and field[2]:
            return [[field[0], 2, self.damage(field[2], chance)]]
        return [[0, "raw", varint(field[0] % 2**29 << 3 | 2) + varint(chance.choice(NUMBERS)) + chance.randbytes(5)]]

    def damage(self, data, chance):
        place = chance.randrange(len(data))
        how = chance.randrange(4)
        if how == 0:
            return data[:place]
        if how == 1:
            return data[:place] + chance.randbytes(chance.choice([1, 1, 4, 30])) + data[place:]
        if how == 2:
            return data + data[place:]
        flipped = bytearray(data)
        for _ in range(chance.choice([1, 1, 3])):
            flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        return bytes(flipped)

    def large(self, fields, chance):
        """Up to the largest message: many empty parts, many unknown fields, one endless value, groups."""
        size = chance.choice([1 << 16, 1 << 20, MESSAGE_BYTES_MAX - 64, MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX + 1])
        number = chance.choice([2, 7, 13, 15, 17, 21, 23])
        unit = chance.choice([
            b"\x0a\x00", b"\x08\x00",
            encode([[100, 0, 0]]),
            encode([[100, 3, []]]), b"\x0b\x0c",
            encode([[1, 2, b"\x0a\x00"]]),
            bytes(1), b"\x7a\x00"
        ])
        content = unit * ((size - 32) // len(unit))
        return chance.choice([
            lambda: encode([[number, 2, content]]), lambda: content, lambda: encode([[100, 3, []]]) + content,
            lambda: encode(fields) + content, lambda: encode([[number, 2, encode([[100, 3, []]]) + content]]),
            lambda: encode([[number, 2, encode([[1, 2, content]])]])
        ])()
