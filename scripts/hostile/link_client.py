"""A node as others see it on a link: TLS 1.3 with the extension that docs/links.md describes, WebSocket, a greeting."""
import datetime
import hashlib
import os
import pathlib
import socket
import ssl
import struct
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID, ObjectIdentifier

from protobuf import encode

EXTENSION = ObjectIdentifier("2.25.1129467441")
UPGRADE = (b"GET /cairn/link/1 HTTP/1.1\r\nHost: cairn\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
VERSION = 2
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
SECONDS_MAX = 15


class Closed(Exception):
    """The other end has ended the link, with what it said."""


class Identity:
    """A node's key, and a certificate by which TLS proves it."""

    def __init__(self, chain, folder, seed=None):
        self.chain, self.is_banned = bytes.fromhex(chain), False
        self.key = ed25519.Ed25519PrivateKey.from_private_bytes(seed or os.urandom(32))
        self.public = self.key.public_key().public_bytes_raw()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(self.certificate(folder))

    def certificate(self, folder):
        key = ec.generate_private_key(ec.SECP256R1())
        info = key.public_key().public_bytes(serialization.Encoding.DER,
                                             serialization.PublicFormat.SubjectPublicKeyInfo)
        expiry = struct.pack(">Q", int((time.time() + 6 * 86_400) * 1e6))
        signature = self.key.sign(b"cairn/link/1\0" + self.chain + expiry + info)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
        certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(
            key.public_key()).serial_number(x509.random_serial_number()).not_valid_before(datetime.datetime(
                2020, 1, 1)).not_valid_after(datetime.datetime(2090, 1, 1)).add_extension(
                    x509.UnrecognizedExtension(EXTENSION, self.chain + self.public + expiry + signature),
                    critical=False).sign(key, hashes.SHA256()))
        path = pathlib.Path(folder) / f"{hashlib.sha256(info).hexdigest()}.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return path

    def hello(self):
        """A right greeting, as fields."""
        number = int(time.time() * 1e6)
        return [[1, 0, VERSION], [2, 0, VERSION], [3, 2, self.chain], [5, 0, number], [6, 0, number],
                [8, 2, b"hostile"]]


class Link:

    def __init__(self, port, identity):
        raw = socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket, self.read = raw, bytearray()
        try:
            self.socket = identity.context.wrap_socket(raw)
            self.send(UPGRADE)
            while b"\r\n\r\n" not in self.read:
                self.receive()
            head, _, self.read = self.read.partition(b"\r\n\r\n")
            if b" 101 " not in head.split(b"\r\n")[0]:
                raise Closed(head[:100].decode("utf-8", "replace"))
        except (ssl.SSLError, OSError, Closed):
            self.close()
            raise

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        piece = self.socket.recv(1 << 16)
        if not piece:
            raise Closed("closed")
        self.read += piece

    def frame(self):
        """The next frame, as (what it is, its content)."""
        while (found := self.whole_frame()) is None:
            self.receive()
        return found

    def whole_frame(self):
        if len(self.read) < 2:
            return None
        size, place = self.read[1] & 0x7F, 2
        if size > 125:
            place = 4 if size == 126 else 10
            if len(self.read) < place:
                return None
            size = int.from_bytes(self.read[2:place], "big")
        if len(self.read) < place + size:
            return None
        kind, content = self.read[0] & 15, bytes(self.read[place:place + size])
        del self.read[:place + size]
        return kind, content

    def messages_until_pong(self, token):
        """Everything that comes before the answer to a ping: so what was sent before that ping has been read."""
        found = []
        while True:
            kind, content = self.frame()
            if kind == PONG and content == token:
                return found
            if kind == PING:
                self.send(frame(content, PONG))
            elif kind == CLOSE:
                raise Closed(content[2:].decode("utf-8", "replace"))
            elif kind == BINARY:
                found.append(content)

    def close(self):
        try:
            self.socket.close()
        except OSError:
            pass


def frame(data, kind=BINARY, is_last=True, is_masked=True, reserved=0, size=None):
    """A WebSocket frame; `size` is what it claims."""
    size = len(data) if size is None else size
    mask = 0x80 if is_masked else 0
    first = (0x80 if is_last else 0) | reserved << 4 | kind
    if size < 126:
        head = bytes([first, mask | size])
    elif size < 1 << 16:
        head = bytes([first, mask | 126]) + struct.pack(">H", size)
    else:
        head = bytes([first, mask | 127]) + struct.pack(">Q", size)
    return head + (bytes(4) if is_masked else b"") + data


def greeting(identity, fields=None):
    return frame(encode([[1, 2, identity.hello() if fields is None else fields]]))
