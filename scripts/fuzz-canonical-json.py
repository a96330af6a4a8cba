#!/usr/bin/env python3
"""Differential fuzz of the RFC 8785 canonicaliser against an oracle that shares no code with it.

    fuzz-canonical-json.py --count N --seed S -- COMMAND...

COMMAND reads one JSON text a line, in base64, and answers each with `ok <base64 of the canonical bytes>` or
`error <message>`. The oracle: Python's json module decides the grammar, with hooks where it is lax; decimal arithmetic
decides which numbers are exact; PyPI's rfc8785 writes the bytes. A seed always makes the same cases.
"""

import argparse
import base64
import decimal
import json
import math
import random
import struct
import subprocess
import sys
import tempfile

import rfc8785

MAX_DEPTH = 128
CHUNK = 20_000

# --- the oracle ------------------------------------------------------------------------------------------------------


class Refused(Exception):
    pass


ARITHMETIC = decimal.Context(prec=20_000, Emin=decimal.MIN_EMIN, Emax=decimal.MAX_EMAX)


def number(text):
    """The double that a number stands for, if its ECMAScript text denotes the same decimal value."""
    mantissa, _, exponent = text.lower().partition("e")
    if not any(c in "123456789" for c in mantissa):
        return 0.0
    # Longer exponents are beyond what a text of some kilobytes can make up for, and beyond decimal's range.
    if len(exponent.lstrip("+-").lstrip("0")) > 12:
        raise Refused("number out of range")
    value = float(text)
    if math.isinf(value) or value == 0:
        raise Refused("number out of range")
    if ARITHMETIC.create_decimal(text) != ARITHMETIC.create_decimal(rfc8785.dumps(value).decode()):
        raise Refused("number would be rounded")
    return value


def constant(text):
    raise Refused(f"not JSON: {text}")


def members(pairs):
    result = {}
    for name, value in pairs:
        if name in result:
            raise Refused("duplicate name")
        result[name] = value
    return result


def check(value, depth=0):
    """Refuses lone surrogates and nesting that is too deep."""
    if isinstance(value, str):
        if any(0xD800 <= ord(c) < 0xE000 for c in value):
            raise Refused("lone surrogate")
    elif isinstance(value, (dict, list)):
        if depth == MAX_DEPTH:
            raise Refused("too deep")
        for child in value if isinstance(value, list) else [*value.keys(), *value.values()]:
            check(child, depth + 1)


DECODER = json.JSONDecoder(
    object_pairs_hook=members, parse_float=number, parse_int=number, parse_constant=constant, strict=True
)


def expected(text):
    """The canonical bytes, or None if the text must be refused."""
    try:
        characters = text.decode("utf-8", "strict")
        value = DECODER.decode(characters)
        check(value)
    except (Refused, ValueError, RecursionError):
        return None
    return rfc8785.dumps(value)


# --- the cases -------------------------------------------------------------------------------------------------------

AWKWARD = (
    "\x00\x01\x08\t\n\x0b\x0c\r\x1f \"/\\'<>&\x7f\x80\x85\xa0\xe9\u0301\u2028\u2029\ud7ff"
    "\ue000\uee00\ufb33\ufeff\ufffd\ufffe\uffff\U00010000\U0001f600\U0001f1e6\U0010ffff"
)
SHORT = {"\b": "b", "\t": "t", "\n": "n", "\f": "f", "\r": "r", '"': '"', "\\": "\\", "/": "/"}


class Cases:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def any_of(self, *choices):
        return self.random.choice(choices)

    # Values are written straight to text, so that each spelling of a value can come up.

    def space(self):
        if self.random.random() < self.spaces:
            return "".join(self.random.choices(" \t\n\r", k=self.random.randint(1, 3)))
        return ""

    def plain_string(self):
        kind = self.random.random()
        length = self.any_of(0, 1, 1, 2, 3, 5, 8, 9, 15, 16, 17, 40)
        if kind < 0.5:
            return "".join(self.random.choices("abcxyz019 _-AZ", k=length))
        if kind < 0.8:
            return "".join(self.random.choices("ab" + AWKWARD, k=length))
        points = (self.any_of(0x80, 0x800, 0x10000, 0x110000) for _ in range(length))
        return "".join(chr(p) for p in map(self.random.randrange, points) if not 0xD800 <= p < 0xE000)

    def escape(self, character):
        if character in SHORT and self.random.random() < 0.6:
            return "\\" + SHORT[character]
        units = character.encode("utf-16-be")
        pairs = (units[i : i + 2].hex() for i in range(0, len(units), 2))
        return "".join("\\u" + "".join(self.any_of(d, d.upper()) for d in pair) for pair in pairs)

    def string(self, plain=None):
        plain = self.plain_string() if plain is None else plain
        written = []
        for character in plain:
            must = character in '"\\' or character < " "
            written.append(self.escape(character) if must or self.random.random() < self.escapes else character)
        return '"' + "".join(written) + '"'

    def double(self):
        kind = self.random.randrange(6)
        if kind == 0:
            value = struct.unpack(">d", self.random.randbytes(8))[0]
        elif kind == 1:
            value = self.random.uniform(-1e6, 1e6)
        elif kind == 2:
            value = math.ldexp(1.0, self.random.randint(-1074, 1023))
        elif kind == 3:
            value = 10.0 ** self.random.randint(-323, 308)
        elif kind == 4:
            value = self.any_of(5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e21, 1e-6, 1e-7, 2.0**53, 0.1)
        else:
            value = float(self.random.randrange(1 << 64))
        for _ in range(self.any_of(0, 0, 1, 2)):
            value = math.nextafter(value, self.any_of(-math.inf, math.inf))
        return value if math.isfinite(value) else 0.5

    def respell(self, text):
        """Another spelling of the same number."""
        value = decimal.Decimal(text)
        sign, digits, exponent = value.as_tuple()
        digits = "".join(map(str, digits))
        zeros = self.random.randint(0, 3)
        digits, exponent = digits + "0" * zeros, exponent - zeros
        point = self.random.randint(0, len(digits))
        shift = exponent + len(digits) - point
        head, tail = digits[:point].lstrip("0") or "0", digits[point:]
        text = ("-" if sign else "") + head + ("." + tail if tail else "")
        if shift or self.random.random() < 0.3:
            text += self.any_of("e", "E") + (self.any_of("", "+") if shift >= 0 else "-")
            text += "0" * self.any_of(0, 0, 2) + str(abs(shift))
        return text

    def number(self):
        kind = self.random.random()
        if kind < 0.35:
            return str(self.random.randrange(10 ** self.random.randint(1, 16)) * self.any_of(1, 1, -1)).replace(
                "-0", "0"
            )
        if kind < 0.40:
            return str(2**53 + self.random.randint(-3, 3))
        if kind < 0.70:
            return repr(self.double()).replace("inf", "0").replace("nan", "0")
        if kind < 0.93:
            return self.respell(repr(self.double()))
        zeros = "0" * self.any_of(1, 20, 400, 2000)
        return self.any_of(
            "0",
            "-0",
            "0.0",
            "-0e99999999999999999999",
            "0E-0",
            "1" + zeros,
            "0." + zeros + "1",
            "1" + zeros + "e-" + str(len(zeros)),
            "0." + zeros + "1e" + str(len(zeros) + 1),
            "1.5" + zeros,
            "1e20",
            "1e21",
            "-1E+20",
            "1e-6",
            "1e-7",
            "123e-8",
        )

    def inexact(self):
        """Numbers of which most must be refused."""
        digits = str(self.random.randrange(10**16, 10 ** self.any_of(17, 18, 19, 25)))
        return self.any_of(
            digits,
            "0." + digits,
            digits[0] + "." + digits[1:] + "e" + str(self.random.randint(-330, 315)),
            "1e400",
            "-1e309",
            "1e-400",
            "2e-324",
            "3e-324",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "9007199254740993",
            "0.1000000000000000055",
            "1e999999999999999999999",
            "1e-999999999999999999999",
            "333333333.33333329",
            f"{decimal.Decimal(self.double()):.{self.any_of(14, 15, 16, 17, 18)}e}",
        )

    def value(self, depth):
        kind = self.random.random()
        if depth > 0 and kind < 0.25:
            items = (self.value(depth - 1) for _ in range(self.any_of(0, 1, 2, 3, 5)))
            return "[" + self.space() + ",".join(self.space() + item + self.space() for item in items) + "]"
        if depth > 0 and kind < 0.60:
            return self.object(depth)
        if kind < 0.80:
            return self.string()
        if kind < 0.94:
            return self.number()
        return self.any_of("true", "false", "null")

    def object(self, depth):
        names = {self.plain_string() for _ in range(self.any_of(0, 1, 2, 3, 5, 8, 30 if depth > 2 else 3))}
        names = sorted(names, key=lambda name: name.encode("utf-16-be"))
        if names and self.random.random() < 0.2:
            names.append(names[0] + self.any_of(*AWKWARD))
        if self.random.random() < self.disorder:
            self.random.shuffle(names)
        if len(names) > 0 and self.random.random() < self.duplicates:
            names.insert(self.random.randint(0, len(names)), self.random.choice(names))
        written = (
            self.space() + self.string(n) + self.space() + ":" + self.space() + self.value(depth - 1) + self.space()
            for n in names
        )
        return "{" + self.space() + ",".join(written) + "}"

    def text(self):
        self.spaces = self.any_of(0, 0, 0.3)
        self.escapes = self.any_of(0, 0, 0.2, 1)
        self.disorder = self.any_of(0, 0.5, 1)
        self.duplicates = self.any_of(0, 0, 0, 0, 0, 0.1)
        text = self.space() + self.value(self.any_of(0, 1, 2, 3, 4)) + self.space()
        return text.encode()

    def mutated(self, text):
        position = self.random.randint(0, len(text))
        kind = self.random.randrange(11)
        if kind == 0 and text:
            position = self.random.randrange(len(text))
            return text[:position] + bytes([text[position] ^ 1 << self.random.randrange(8)]) + text[position + 1 :]
        if kind == 1:
            return text[:position]
        if kind == 2:
            end = self.random.randint(position, min(len(text), position + 4))
            return text[:position] + text[end:]
        if kind == 3:
            other = self.text()
            return text[:position] + other[self.random.randint(0, len(other)) :]
        if kind == 4:
            bad = self.any_of(
                b"\x80",
                b"\xc0\xaf",
                b"\xc1\xbf",
                b"\xe0\x9f\xbf",
                b"\xed\xa0\x80",
                b"\xed\xbf\xbf",
                b"\xf0\x8f\xbf\xbf",
                b"\xf4\x90\x80\x80",
                b"\xf5\x80\x80\x80",
                b"\xff",
                b"\xe2\x82",
                b"\xf0\x9f\x98",
                b"\xef\xbb\xbf",
                b"\xee\x80\x80",
            )
            return self.any_of(text[:position] + bad + text[position:], b'"' + bad + b'"', bad + text)
        if kind == 5:
            return (
                b'["'
                + self.any_of(
                    b"\\ud800",
                    b"\\udc00",
                    b"\\udfff\\ud800",
                    b"\\ud83d\\ud83d\\ude00",
                    b"\\ud83dx",
                    b"\\ud83d\\n",
                    b"\\u12",
                    b"\\u12g4",
                    b"\\x41",
                    b"\\u+123",
                    b"\\u 123",
                    b"\\U0041",
                    b"\\",
                    b"\\u00_1",
                    b"\\ud83d\\ude00",
                )
                + b'",'
                + text
                + b"]"
            )
        if kind == 6:
            return self.inexact().encode()
        if kind == 7:
            depth = MAX_DEPTH + self.random.randint(-2, 1)
            kinds = [self.any_of((b"[", b"]"), (b'{"a":', b"}")) for _ in range(depth)]
            return b"".join(k[0] for k in kinds) + b"1" + b"".join(k[1] for k in reversed(kinds))
        if kind == 8:
            piece = self.any_of(
                b"01",
                b"-",
                b"+1",
                b".5",
                b"1.",
                b"1e",
                b"1e+",
                b"-01",
                b"NaN",
                b"Infinity",
                b"-Infinity",
                b"tru",
                b"nul",
                b"'a'",
                b"{,}",
                b"[,]",
                b"[1,]",
                b'{"a":1,}',
                b'{"a"}',
                b"{1:2}",
                b"//",
                b"\x0b",
                b"\xc2\xa0",
                b"\x00",
                b"",
                b" ",
                b"0x10",
                b"1_0",
                b"-0.0e+00",
                b'"\x1f"',
                b'"\t"',
                b'"\x7f"',
                b"\xd9\xa1",
            )
            return self.any_of(
                piece, b"[" + piece + b"]", piece + text, text + piece, text[:position] + piece + text[position:]
            )
        if kind == 9:
            name = self.plain_string()
            first, second = self.string(name).encode(), self.string(name).encode()
            middle = b'"\xef\xac\xb3":0,' * self.random.randint(0, 1)
            return b"{" + first + b":" + text + b"," + middle + second + b":1}"
        inserted = bytes([self.random.randrange(256)])
        return text[:position] + inserted + text[position:]

    def __iter__(self):
        while True:
            text = self.text()
            for _ in range(self.any_of(0, 0, 1, 1, 2)):
                text = self.mutated(text)
            yield text


# --- the comparison --------------------------------------------------------------------------------------------------


def answers(command, texts):
    """One run of the command over these texts. Files, so that neither side can wait for the other."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as got:
        for text in texts:
            given.write(base64.b64encode(text) + b"\n")
        given.seek(0)
        status = subprocess.run(command, stdin=given, stdout=got, check=False).returncode
        got.seek(0)
        return status, got.read().split(b"\n")[:-1]


def judge(answer, wanted):
    """What is wrong with the answer; None if nothing is."""
    kind, _, rest = answer.partition(b" ")
    if kind == b"error":
        return None if wanted is None else f"refused ({rest.decode(errors='replace')}), expected {wanted!r}"
    if kind != b"ok":
        return f"answered {answer!r}"
    canonical = base64.b64decode(rest)
    if wanted is None:
        return f"accepted as {canonical!r}, expected a refusal"
    return None if canonical == wanted else f"answered {canonical!r}, expected {wanted!r}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000, help="number of cases")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("command", nargs="+", help="the canonicaliser, after --")
    options = parser.parse_args()
    sys.setrecursionlimit(10_000)
    sys.set_int_max_str_digits(0)

    cases = iter(Cases(options.seed))
    accepted = refused = done = 0
    while done < options.count:
        texts = [next(cases) for _ in range(min(CHUNK, options.count - done))]
        status, lines = answers(options.command, texts)
        for index, text in enumerate(texts):
            wanted = expected(text)
            if index < len(lines):
                problem = judge(lines[index], wanted)
            else:
                problem = f"no answer; the command ended with status {status}"
            if problem:
                print(f"case {done + index} of seed {options.seed}: {text!r}\n{problem}")
                return 1
            accepted, refused = accepted + (wanted is not None), refused + (wanted is None)
        if status != 0 or len(lines) != len(texts):
            print(f"the command ended with status {status} after {len(lines)} answers to {len(texts)} texts")
            return 1
        done += len(texts)
    if not accepted or not refused:
        print(f"the cases show too little: {accepted} accepted, {refused} refused")
        return 1
    print(f"canonical JSON: {done} cases of seed {options.seed} agree: {accepted} accepted, {refused} refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
