"""A hundredth of what scripts/hostile throws at the program by hand (docs/faults.md has the numbers), and that it
sees what is wrong."""
import pathlib
import random
import subprocess
import sys

import pytest

HOSTILE = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "hostile"
sys.path.insert(0, str(HOSTILE))
import damage  # noqa: E402
import processes  # noqa: E402
from http_contract import Contract  # noqa: E402
from http_wire import Answer, NoHTTP, parse  # noqa: E402
from protobuf import decode, encode, read_messages  # noqa: E402


@pytest.mark.parametrize("script, count", [("command_lines", 200), ("http_requests", 1_000), ("link_messages", 1_000),
                                           ("damaged_directories", 20)])
def test_nothing_is_found(binary, tmp_path, script, count):
    done = subprocess.run([
        sys.executable, HOSTILE / f"{script}.py", "--binary", binary, "--count",
        str(count), "--seed", "ci", "--save", tmp_path / "found"
    ], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr


def shell(folder, script, seconds=5, **more):
    return processes.run(["/bin/sh", "-c", script], folder, seconds, **more)


@pytest.mark.parametrize("script, fault", [("kill -SEGV $$", "SIGSEGV"), ("kill -ILL $$", "SIGILL"),
                                           ("sh -c 'kill -ABRT $$' 2>/dev/null", "SIGABRT"),
                                           ("exit 1", "failed without a word"), ("echo no >&2; exit 1", None),
                                           ("echo yes", None)])
def test_an_end_is_judged(tmp_path, script, fault):
    assert processes.fault(shell(tmp_path, script)) == fault


def test_a_process_that_does_not_heed_sigterm_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "SECONDS_TO_END_MAX", 0.2)
    assert processes.fault(shell(tmp_path, "trap '' TERM; while :; do sleep 0.05; done", 0.3)) == "didn't end"


def test_memory_is_seen(tmp_path):
    done = processes.run([sys.executable, "-c", f"b = b'x' * {processes.MEMORY_BYTES_MAX + (1 << 20)}"], tmp_path, 30)
    assert processes.fault(done) == "memory"


@pytest.mark.parametrize("data", [
    b"HTTP/1.1 20 OK\r\n\r\n", b"hello", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nA b: c\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123456\r\n"
])
def test_what_is_no_http_is_seen(data):
    with pytest.raises(NoHTTP):
        parse(data, ["GET"], True)


def test_answers_are_read():
    data = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"
        b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n12")
    assert [(answer.status, answer.body, answer.is_whole)
            for answer in parse(data, ["GET"] * 4, True)] == [(200, b"{}", True), (200, b"a", True), (204, b"", True),
                                                              (200, b"12", False)]


@pytest.mark.parametrize("status, kind, body, is_fault", [(200, "application/json", b'{"a":1}', False),
                                                          (200, "text/plain", b"1", True),
                                                          (200, "application/json", b"{", True), (418, "", b"", True),
                                                          (500, "", b"", True), (503, "", b"", True)])
def test_what_does_not_fit_the_description_is_seen(status, kind, body, is_fault):
    contract = Contract({
        "paths": {
            "/a/{b}": {
                "get": {"responses": {"200": {"content": {"application/json": {"schema": {"type": "object"}}}}}}
            }
        }, "components": {}
    })
    assert bool(contract.fault(Answer(status, [("content-type", kind)], body, True), "GET", "/a/1?x",
                               is_wild=False)) == is_fault


def test_messages_are_encoded():
    messages = read_messages(
        "message A {\n  uint64 n = 1;\n  repeated B b = 2;\n}\n\nmessage B {\n  bytes c = 300;\n}\n")
    fields = [[1, 0, 300], [2, 2, [[300, 2, b"x"]]]]
    assert encode(fields) == bytes.fromhex("08ac02 1204 e212 01 78")
    assert decode(encode(fields), messages, "A") == fields


def test_an_altered_record_has_a_right_checksum(cairn, tmp_path):
    """So that the log's hashes have to find it."""
    assert damage.crc32c(b"123456789") == 0xE3069283
    cairn("init", "--data", "d")
    cairn("append", '"a record that is long enough"', "--data", "d")
    path = tmp_path / "d/blocks/00000000000000000000.log"
    before = path.read_bytes()
    damage.altered(path, random.Random(1))
    after = path.read_bytes()
    assert len(after) == len(before) and after != before
    assert cairn("verify", "--data", "d").returncode == 1
