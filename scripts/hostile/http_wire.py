"""HTTP/1.1 over a raw socket: sends whatever bytes there are, and reads answers as strictly as they have to be
written."""
import dataclasses
import re
import socket
import time

# Until a server has to have closed a connection whose client has sent all that it will: it gives a read 10 s to wait
# for a record.
SECONDS_MAX = 25
ANSWER_BYTES_MAX = 64 << 20
# How long a client that has sent what may be no request waits for an answer.
QUIET_SECONDS = 0.1

STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9]) [\x20-\x7e]*\Z")
HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*?)[ \t]*\Z")
LAST_LINE = re.compile(rb"[0-9a-fA-F]+\Z")


class NoHTTP(Exception):
    """What was read is no HTTP answer."""


@dataclasses.dataclass
class Answer:
    status: int
    headers: list  # of names in lower case, and values
    body: bytes
    is_whole: bool

    def header(self, name):
        return next((value for key, value in self.headers if key == name), None)


@dataclasses.dataclass
class Exchange:
    answers: list
    did_close: bool  # the server closed the connection
    seconds: float


def exchange(port, pieces, methods, ends, expected):
    """Sends pieces, one after the other, and reads.

    methods: of the requests, since an answer to HEAD has no body.
    ends: "at once": the client says that it sends no more, and reads until the server closes. "answered": it says so when it has the
    answers that it expects, or nothing came for a while. "reset": it sends a reset when it has sent all.
    """
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                link.sendall(piece)
            if ends == "reset":
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return Exchange([], True, time.monotonic() - began)
            if ends == "at once":
                link.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It has heard enough, and closed: what it said is still read.
        data = bytearray()
        did_close = read_more(link, data, began, lambda: ends == "answered" and has_all(data, methods, expected),
                              QUIET_SECONDS if ends == "answered" and not expected else SECONDS_MAX)
        if not did_close and ends == "answered":
            try:
                link.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            did_close = read_more(link, data, began, lambda: False, SECONDS_MAX)
    return Exchange(parse(data, methods, did_close), did_close, time.monotonic() - began)


def has_all(data, methods, expected):
    """Whether as many whole answers as are expected have come."""
    if not expected or b"\r\n\r\n" not in data:
        return False
    answers = [answer for answer in parse(data, methods, False) if answer.status >= 200 and answer.is_whole]
    return len(answers) >= expected


def read_more(link, data, began, is_enough, quiet_seconds):
    """Reads into `data` until it is enough, nothing comes, or the server closes. Returns whether it closed."""
    while len(data) < ANSWER_BYTES_MAX and not is_enough():
        left = SECONDS_MAX - (time.monotonic() - began)
        if left <= 0:
            return False
        link.settimeout(min(quiet_seconds, left))
        try:
            piece = link.recv(1 << 16)
        except TimeoutError:
            return False
        except OSError:
            return True
        if not piece:
            return True
        data += piece
    return False


def parse(data, methods, did_close):
    """All answers in what was read. The last may be cut short, by who read or by who closed."""
    answers, place = [], 0
    while place < len(data):
        end = data.find(b"\r\n\r\n", place)
        if end < 0:
            if not data.startswith(b"HTTP/1."[:len(data) - place], place):
                raise NoHTTP(repr(data[place:place + 100]))
            break
        lines = data[place:end].split(b"\r\n")
        status = STATUS_LINE.match(lines[0])
        fields = [HEADER.match(line) for line in lines[1:]]
        if not status or None in fields:
            raise NoHTTP(repr(data[place:end][:300]))
        headers = [(field[1].decode().lower(), field[2].decode()) for field in fields]
        number = len([answer for answer in answers if answer.status >= 200])
        answer = Answer(int(status[1]), headers, b"", True)
        place = read_body(data, end + 4, answer, methods[number] if number < len(methods) else "GET", did_close)
        answers.append(answer)
        if not answer.is_whole:
            break
    return answers


def read_body(data, place, answer, method, did_close):
    """Fills in the body, and returns where the next answer begins."""
    length, encoding = answer.header("content-length"), answer.header("transfer-encoding")
    if length is not None and encoding is not None:
        raise NoHTTP("an answer with both Content-Length and Transfer-Encoding")
    if answer.status < 200 or answer.status in (204, 304) or method == "HEAD":
        return place
    if encoding is not None:
        return read_chunks(data, place, answer)
    if length is None:
        answer.body, answer.is_whole = bytes(data[place:]), did_close
        return len(data)
    if not length.isdecimal():
        raise NoHTTP(f"Content-Length: {length}")
    answer.body = bytes(data[place:place + int(length)])
    answer.is_whole = len(answer.body) == int(length)
    return place + int(length)


def read_chunks(data, place, answer):
    while True:
        end = data.find(b"\r\n", place)
        if end < 0:
            answer.is_whole = False
            return len(data)
        if not LAST_LINE.match(data[place:end]):
            raise NoHTTP(f"a chunk that begins with {data[place:end][:40]!r}")
        size = int(data[place:end], 16)
        answer.body += data[end + 2:end + 2 + size]
        if data[end + 2 + size:end + 4 + size] != b"\r\n":
            if len(data) >= end + 4 + size:
                raise NoHTTP("a chunk without its end")
            answer.is_whole = False
            return len(data)
        place = end + 4 + size
        if size == 0:
            return place
