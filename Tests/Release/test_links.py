"""Strangers at the ports of a node: links and HTTP connections that cost it more than they should.

Rows C1, C2, C3, C5, C6, C12, D10 and D13 of docs/faults.md.
"""
import base64
import concurrent.futures
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import resource
import shutil
import socket
import statistics
import struct
import threading
import time

import pytest
from hostile_peer import HostilePeer, content, group, number, varint, worst_messages
from process import Failure, wait_for


def link_to(node, **how):
    return HostilePeer((node.host, node.link_port), chain_of(node), **how)


def chain_of(node):
    return node.status["chain"]


def log_bytes(node):
    return os.path.getsize(node.log_path)


def log_text(node):
    return pathlib.Path(node.log_path).read_text(errors="replace")


def appends(node):
    """Whether the node still takes records."""
    return node.append({"still": os.urandom(4).hex()}, os.urandom(8).hex()) is not None


# C1: no bytes that a stranger sends cost the deciding thread more than a bounded time.

@pytest.mark.parametrize("name", [name for name in worst_messages(1 << 16) if name != "submissions"])
def test_c1_what_cant_be_counted_is_refused(node, name):
    message = worst_messages(1 << 20)[name]
    with link_to(node) as link:
        link.greeted()
        with contextlib.suppress(ConnectionError):
            link.send(message)
        assert "can't be read" in link.end()
    assert appends(node)


def test_c1_a_message_larger_than_its_kind_is_not_waited_for(node):
    for start in [content(5, b"")[:1], content(3, b"")[:1], number(12, 0)[:1]]:
        with link_to(node) as link:
            link.greeted()
            # The beginning of 8 MB of a vote, a status, a request: nothing more ever comes.
            link.send(start + b"\xff", claimed=8 << 20)
            assert "at most" in link.end(3)


def test_c1_nothing_large_comes_before_the_greeting(node):
    with link_to(node, greet=False) as link:
        link.send(b"\x0a\xff", claimed=1 << 20)
        assert "4096" in link.end(3)


@pytest.mark.parametrize("message", [
    group(100), content(3, b"\x0b\x0c"), varint(9 << 3 | 5) + bytes(4), varint(99 << 3 | 1) + bytes(8),
    b"\x60\x80\x00", b"\x60" + b"\xff" * 11, content(3, number(1, 1)) * 2, content(3, number(1, 1) * 2),
    number(25, 1), content(17, content(1, content(9, b""))), content(5, b"x" * 115)[:-1], b"\x07", b"\x2e",
])
def test_c1_other_ways_to_write_a_message(node, message):
    with link_to(node) as link:
        link.greeted()
        link.send(message)
        assert "can't be read" in link.end(5)


def test_c1_others_do_not_wait_for_the_worst_messages(make_cluster):
    """The measured bound is bench/hostile_links.py's; this one only sees that nothing stalls."""
    cluster = make_cluster(3)
    node = cluster.nodes[0]

    def p50(count=30):
        times = []
        for turn in range(count):
            begin = time.monotonic()
            assert node.append({"turn": turn}, os.urandom(8).hex()) is not None
            times.append(time.monotonic() - begin)
        return statistics.median(times)

    p50(5)
    quiet = p50()
    messages = worst_messages()
    stop = threading.Event()

    def attack(name):
        while not stop.is_set():
            with contextlib.suppress(OSError, EOFError):
                with link_to(node) as link:
                    link.greeted()
                    for _ in range(4):
                        link.send(messages[name])

    with concurrent.futures.ThreadPoolExecutor() as pool:
        for name in ["group", "fixed unknown"]:
            pool.submit(attack, name)
        loud = p50()
        stop.set()
    print(f"{quiet * 1e3:.1f} ms alone, {loud * 1e3:.1f} ms beside strangers")
    assert loud < max(10 * quiet, 0.1), f"{quiet * 1e3:.1f} ms alone, {loud * 1e3:.1f} ms beside strangers"


# C2: connections never take what files need.

def idle_connections(node, count):
    held = []
    for _ in range(count):
        try:
            held.append(socket.create_connection((node.host, node.http_port), timeout=5))
        except OSError:
            time.sleep(0.01)
    return held


def limited(soft, hard):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_c2_idle_connections_leave_room_for_files(make_node):
    node = make_node()
    node.spawning = lambda: {"preexec_fn": limited(1_024, 1_024)}
    node.start([])
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8_192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
                                                resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    held = idle_connections(node, 1_100)
    try:
        # Connections that say nothing make room for one that does, and so does the limit for a new segment of the log. While they
        # come faster than others can close, a newcomer may be turned away.
        wait_for("an append is acknowledged", lambda: appends(node), 10)
        open_now = len(os.listdir(f"/proc/{node.process.pid}/fd"))
        assert open_now < 1_000, f"{open_now} descriptors of 1,024 are open"
        grow_by_a_segment(node)
        assert node.is_running
        assert len(list(pathlib.Path(node.data, "blocks").glob("[0-9]*"))) == 2
    finally:
        for connection in held:
            connection.close()


def grow_by_a_segment(node):
    """Appends until the log has one more file: 64 MiB."""
    line = json.dumps("x" * 60_000).encode() + b"\n"
    connection = http.client.HTTPConnection(node.host, node.http_port, timeout=60)
    for _ in range(19):
        connection.request("POST", "/v1/records", line * 60, {"Content-Type": "application/x-ndjson"})
        response = connection.getresponse()
        response.read()
        assert response.status in (200, 201), response.status
    connection.close()


def test_c2_the_soft_limit_is_raised(make_node):
    node = make_node()
    node.spawning = lambda: {"preexec_fn": limited(256, 2_048)}
    node.start([])
    limits = pathlib.Path(f"/proc/{node.process.pid}/limits").read_text()
    assert next(line for line in limits.splitlines() if line.startswith("Max open files")).split()[3:5] == ["2048", "2048"]


def test_c2_without_descriptors_the_node_waits(make_node):
    """The limit is lowered under a running node, below what is open already."""
    node = make_node()
    node.start([])
    resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE, (1, 4_096))
    connection = http.client.HTTPConnection(node.host, node.http_port, timeout=5)
    with contextlib.suppress(OSError):
        connection.connect()
    begin = cpu_seconds(node.process.pid)
    time.sleep(1)
    # Accepting isn't tried again and again.
    assert cpu_seconds(node.process.pid) - begin < 0.5
    assert node.is_running
    connection.close()
    resource.prlimit(node.process.pid, resource.RLIMIT_NOFILE, (4_096, 4_096))
    wait_for("the node takes records again", lambda: appends(node), 10)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_c2_too_low_a_limit_is_an_error(cairn, tmp_path):
    done = cairn("serve", "--data", "d", "--port", "0", wrapper=["prlimit", "--nofile=100:100"])
    assert done.returncode == 1
    assert "100 files" in done.stderr and "ulimit -n" in done.stderr


# C3: addresses that anybody may name.

def post_peer(node, address):
    return node.request("POST", "/v1/peers", json.dumps({"address": address}), {"Content-Type": "application/json"})


def test_c3_made_up_addresses_are_few(make_node):
    node = make_node()
    node.start([])
    before = len(os.listdir(f"/proc/{node.process.pid}/fd"))
    connection = http.client.HTTPConnection(node.host, node.http_port, timeout=10)
    answers = []
    for place in range(1_000):
        connection.request("POST", "/v1/peers", json.dumps({"address": f"192.0.2.{place % 250}:{1_000 + place}"}),
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        answers.append((response.status, json.loads(response.read()).get("type")))
    connection.close()
    assert answers.count((202, None)) == 64
    assert answers[-1] == (503, "urn:cairn:problem:too-many-peers")
    assert len(node.get("/v1/peers")["peers"]) == 64
    assert len(os.listdir(f"/proc/{node.process.pid}/fd")) - before < 40
    node.stop()
    node.start([])
    assert len(node.get("/v1/peers")["peers"]) == 64


def test_c3_an_address_can_be_removed(node, cairn):
    address = "127.0.0.1:9"
    assert post_peer(node, address)[0] == 202
    assert post_peer(node, "[2001:db8::1]:9")[0] == 202
    assert node.request("DELETE", "/v1/peers/%5B2001%3Adb8%3A%3A1%5D%3A9")[0] == 204
    done = cairn("peers", "remove", address, "--url", node.url)
    assert done.returncode == 0, done.stderr
    assert node.get("/v1/peers")["peers"] == []
    status, body = node.request("DELETE", f"/v1/peers/{address}")
    assert (status, json.loads(body)["type"]) == (404, "urn:cairn:problem:no-such-peer")
    assert node.request("DELETE", "/v1/peers/nonsense:x")[0] == 400


def test_c3_the_answer_is_no_port_scanner(node):
    """What listens, what doesn't, and what never answers look alike."""
    with socket.socket() as listener, socket.socket() as silent:
        for each in (listener, silent):
            each.bind(("127.0.0.1", 0))
        listener.listen(8)
        addresses = {
            "listens": "127.0.0.1:%d" % listener.getsockname()[1], "refuses": "127.0.0.1:%d" % silent.getsockname()[1],
            "http": f"127.0.0.1:{node.http_port}", "nowhere": "192.0.2.1:5001"}
        for address in addresses.values():
            assert post_peer(node, address)[0] == 202
        listener.settimeout(10)
        listener.accept()[0].close()
        wait_for("each was looked at", lambda: log_text(node).count("no link") >= 2, 20)
        peers = node.get("/v1/peers")["peers"]
        told = {json.dumps({name: value for name, value in peer.items() if name not in ("address", "since")})
                for peer in peers}
        assert len(peers) == len(addresses) and len(told) == 1, told


# C5: connections that say nothing.

def test_c5_half_open_handshakes_do_not_keep_others_out(make_cluster):
    cluster = make_cluster(3)
    node, other = cluster.nodes[0], cluster.nodes[2]
    other.stop()
    held = []
    try:
        for place in range(64):
            held.append(socket.create_connection(
                (node.host, node.link_port), source_address=(f"127.0.0.{2 + place % 4}", 0)))
        # A stranger, too, comes in at once, and a member of course.
        begin = time.monotonic()
        with link_to(node) as link:
            link.greeted(3)
        cluster.restart(other)
        cluster.wait_until_linked()
        assert time.monotonic() - begin < 5
    finally:
        for connection in held:
            connection.close()


def test_c5_silence_has_an_end(node):
    with socket.create_connection((node.host, node.link_port)) as silent:
        silent.settimeout(8)
        assert silent.recv(1) == b""


# C6: keys that anybody can sign for.

SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


def test_c6_a_key_that_anybody_has_makes_no_link(node):
    with pytest.raises((OSError, EOFError)):
        with link_to(node, key=bytes.fromhex(SMALL_ORDER[0])) as link:
            link.greeted(5)
    assert node.status["links"] == 0
    wait_for("the log says why", lambda: "small order" in log_text(node), 5)


@pytest.mark.parametrize("key", SMALL_ORDER)
def test_c6_no_ledger_is_founded_with_it(cairn, key):
    own = cairn("keygen", "--data", "d").stdout.split()[-1]
    done = cairn("init", "--data", "d", "--member", own, "--member", key)
    assert done.returncode == 64 and "can't be anybody's key" in done.stderr
    assert not pathlib.Path("d", "blocks").exists()


def test_c6_it_cannot_join(node, cairn):
    done = cairn("members", "add", SMALL_ORDER[0], "--url", node.url, "--data", node.data)
    assert done.returncode == 64 and "can't be a member's key" in done.stderr


def test_c6_no_policy_trusts_it(cairn, tmp_path, node):
    name, key = b"log.example.org", b"\x01" + bytes.fromhex(SMALL_ORDER[0])
    identifier = hashlib.sha256(name + b"\n" + key).hexdigest()[:8]
    vkey = f"{name.decode()}+{identifier}+{base64.b64encode(key).decode()}"
    (tmp_path / "policy").write_text(f"log {vkey}\nquorum none\n")
    done = cairn("audit", "--once", "--url", node.url, "--policy", "policy")
    assert done.returncode != 0 and "small order" in done.stderr


# C12: what strangers cause in the log.

def test_c12_connections_of_strangers_are_counted(node):
    before = log_bytes(node)
    for turn in range(400):
        with contextlib.suppress(OSError, EOFError):
            with socket.create_connection((node.host, node.link_port), timeout=5) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\n\r\n" if turn % 2 else b"\x16\x03\x01")
    for turn in range(100):
        with link_to(node) as link:
            link.greeted()
            if turn % 2:
                link.send(group(100))
                link.end(5)
    for _ in range(100):
        with socket.create_connection((node.host, node.http_port), timeout=5) as connection:
            connection.sendall(b"\x00\xff\r\n\r\n")
    assert appends(node)
    assert log_bytes(node) - before < 16_000, log_text(node)[-2_000:]


# D10: one key, two processes.

def test_d10_a_copied_directory_is_told_by_both(make_cluster):
    cluster = make_cluster(3)
    original = cluster.nodes[2]
    folder = cluster.folder / "copy"
    shutil.copytree(original.data, folder)
    (folder / "lock").unlink(missing_ok=True)
    copy = cluster.make(9, folder)
    try:
        copy.start(cluster.nodes, wait=False)
        for node in (original, copy):
            wait_for(f"{node} says that its key is used twice", lambda: "another process uses this node's key" in log_text(node), 30)
    finally:
        copy.kill()


def test_d10_two_nodes_that_meet_themselves(make_node, tmp_path):
    node = make_node()
    node.start([])
    shutil.copytree(node.data, tmp_path / "copy")
    (tmp_path / "copy" / "lock").unlink(missing_ok=True)
    copy = make_node(tmp_path / "copy")
    copy.start([node])
    for each in (node, copy):
        wait_for(f"{each} says that its key is used twice", lambda: "another process uses this node's key" in log_text(each), 10)
    # Its own address is no such thing.
    assert post_peer(node, node.link_address)[0] == 202
    with pytest.raises(Failure):
        wait_for("", lambda: log_text(node).count("is a copy of its data directory running") > 1, 1)


# D13: plain words.

def problem_of(node, make_node, address):
    """What a node says that is to join a ledger at an address."""
    other = make_node()
    other.start([], "--join", address, "--chain", chain_of(node), wait=False)
    wait_for("it says why there is no link", lambda: "no link" in log_text(other), 10)
    other.kill()
    text = log_text(other)
    for raw in ("BoringSSL", "OPENSSL", "sslError", "errno", ".cc", "NIO", "Error"):
        assert raw not in text, text
    return text


def test_d13_a_port_that_is_no_links(node, make_node):
    assert "doesn't speak TLS" in problem_of(node, make_node, f"{node.host}:{node.http_port}")


def test_d13_a_port_where_nobody_is(node, make_node):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        assert "connection refused" in problem_of(node, make_node, "127.0.0.1:%d" % probe.getsockname()[1])


def test_d13_a_name_that_is_nowhere(node, make_node):
    assert "can't be found" in problem_of(node, make_node, "nowhere.invalid:5001")


def test_d13_a_connection_that_ends_at_once(node, make_node):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        closer = threading.Thread(target=lambda: listener.accept()[0].close())
        closer.start()
        assert "the other end" in problem_of(node, make_node, "127.0.0.1:%d" % listener.getsockname()[1])
        closer.join()
