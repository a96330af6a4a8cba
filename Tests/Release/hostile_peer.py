"""A node that keeps no rule: TLS 1.3 and a node key of its own, WebSocket, a greeting if it likes, and then any bytes.

Written from docs/links.md alone. PyPI: cryptography.
"""
import datetime
import os
import socket
import ssl
import struct
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID, ObjectIdentifier

EXTENSION = ObjectIdentifier("2.25.1129467441")
RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
VERSION = 2

# R = B and S = 1: with the neutral element as the key, a signature of every message.
MADE_UP_SIGNATURE = bytes.fromhex("58" + "66" * 31) + bytes([1]) + bytes(31)


# Protocol Buffers.

def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(out) + bytes([number])


def number(field, value):
    return varint(field << 3) + varint(value)


def content(field, data):
    return varint(field << 3 | 2) + varint(len(data)) + data


def group(field):
    return varint(field << 3 | 3) + varint(field << 3 | 4)


def hello(chain, agent=b"hostile", sequence=None):
    sequence = sequence if sequence is not None else int(time.time() * 1e6)
    return content(1, number(1, VERSION) + number(2, VERSION) + content(3, chain) + number(5, sequence)
                   + number(6, sequence) + content(8, agent))


def worst_messages(size=8 << 20):
    """Messages that a decoder takes long for, each of about so many bytes: by name."""
    empty = b"\x0a\x00" * (size // 2 - 64)
    entry = b'"' + b"x" * 40 + b'"'
    entries = (struct.pack(">I", len(entry)) + entry) * 30
    submissions = content(1, content(1, os.urandom(16)) + content(2, entries)) * min(8_000, size // len(entries) - 1)
    return {
        "group": group(100) + content(15, empty),
        "group inside": content(15, group(100) + empty),
        "fixed unknown": varint(100 << 3 | 5) + bytes(4) + content(15, empty),
        "bad varint": varint(100 << 3) + b"\xff" * 11 + content(15, empty),
        "lists": content(15, empty),
        "lists in pieces": content(15, b"\x0a\x00" * 4_000) * (size // 8_004),
        "nested": content(17, content(1, b"\x0a\x00" * (size // 2 - 64))),
        "texts": content(2, content(1, b"\x1a\x00" * (size // 2 - 64))),
        "vote": content(5, bytes(size - 16)),
        "block": content(11, bytes(size - 16)),
        "submissions": content(7, submissions),
    }


# The connection.

class HostilePeer:
    """One connection. `key`: an Ed25519 key; or 32 bytes that anybody can make up a signature for."""

    def __init__(self, address, chain, key=None, source=None, greet=True, upgrade=True, timeout=10):
        self.chain = chain if isinstance(chain, bytes) else bytes.fromhex(chain)
        self.key = key or ed25519.Ed25519PrivateKey.generate()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.load_certificate(context)
        host, port = address
        raw = socket.create_connection((host, port), timeout=timeout, source_address=(source, 0) if source else None)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket = context.wrap_socket(raw)
        except BaseException:
            raw.close()
            raise
        self.buffer = b""
        if upgrade:
            self.upgrade()
        if greet:
            self.send(hello(self.chain))

    @property
    def public_key(self):
        return self.key if isinstance(self.key, bytes) else self.key.public_key().public_bytes(*RAW)

    def load_certificate(self, context):
        tls_key = ec.generate_private_key(ec.SECP256R1())
        spki = tls_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        expiry = struct.pack(">Q", int((time.time() + 6 * 86_400) * 1e6))
        message = b"cairn/link/1\0" + self.chain + expiry + spki
        signature = MADE_UP_SIGNATURE if isinstance(self.key, bytes) else self.key.sign(message)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hostile")])
        certificate = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(tls_key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(datetime.datetime(2020, 1, 1))
            .not_valid_after(datetime.datetime(2090, 1, 1))
            .add_extension(x509.UnrecognizedExtension(
                EXTENSION, self.chain + self.public_key + expiry + signature), critical=False)
            .sign(tls_key, hashes.SHA256()))
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(certificate.public_bytes(serialization.Encoding.PEM))
            file.write(tls_key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
            file.flush()
            context.load_cert_chain(file.name)

    def upgrade(self):
        self.socket.sendall(
            b"GET /cairn/link/1 HTTP/1.1\r\nHost: cairn\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        while b"\r\n\r\n" not in self.buffer:
            self.read_more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise EOFError(f"no upgrade: {head[:80]!r}")

    def read_more(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise EOFError("the node closed the connection")
        self.buffer += data

    @staticmethod
    def frame(data, operation=2, final=True, claimed=None):
        length = len(data) if claimed is None else claimed
        head = bytes([(0x80 if final else 0) | operation])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 65_536:
            head += bytes([0x80 | 126]) + struct.pack(">H", length)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", length)
        return head + bytes(4) + data

    def send(self, data, **how):
        self.socket.sendall(self.frame(data, **how))

    def receive(self, timeout=5):
        """One frame: its operation and its content."""
        self.socket.settimeout(timeout)
        while True:
            if len(self.buffer) >= 2:
                length, start = self.buffer[1] & 0x7F, 2
                if length >= 126:
                    start = 4 if length == 126 else 10
                    length = int.from_bytes(self.buffer[2:start], "big") if len(self.buffer) >= start else 1 << 62
                if len(self.buffer) >= start + length:
                    found = self.buffer[0] & 15, self.buffer[start:start + length]
                    self.buffer = self.buffer[start + length:]
                    return found
            self.read_more()

    def end(self, timeout=10):
        """Waits until the node ends the link, and returns what it says about that; '' when it says nothing."""
        deadline = time.monotonic() + timeout
        try:
            while time.monotonic() < deadline:
                operation, data = self.receive(max(0.1, deadline - time.monotonic()))
                if operation == 8:
                    return data[2:].decode("utf8", "replace")
                if operation == 9:
                    self.send(data, operation=10)
        except (EOFError, ConnectionError, ssl.SSLError, BrokenPipeError):
            return ""
        raise TimeoutError("the node did not end the link")

    def greeted(self, timeout=10):
        """Waits for the node's greeting."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            operation, data = self.receive(max(0.1, deadline - time.monotonic()))
            if operation == 2 and data[:1] == b"\x0a":
                return self
            if operation == 8:
                raise EOFError(data[2:].decode("utf8", "replace"))
        raise TimeoutError("no greeting")

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
