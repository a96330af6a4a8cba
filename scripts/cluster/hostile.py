"""Scenarios with strangers at the port for links."""
import random
import socket
import ssl
import threading

from process import Failure
from scenarios import scenario

# Far less than what 1,000 buffers of a message's largest size would take.
MEMORY_GROWTH_BYTES_MAX = 160 << 20


def connect(node):
    return socket.create_connection((node.host, node.link_port), timeout=5)


def tls(node):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(connect(node))


def garbage(node, chance):
    with connect(node) as link:
        link.sendall(chance.randbytes(chance.randrange(1, 4_000)))
        link.recv(100)


def half_a_handshake(node, chance):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(incoming, outgoing).do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = outgoing.read()
    with connect(node) as link:
        link.sendall(hello[:chance.randrange(1, len(hello) + 1)])


def stranger(node, chance):
    """TLS without a certificate, then bytes."""
    with tls(node) as link:
        link.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + b"x" * chance.randrange(100) + b"\r\n\r\n")
        link.sendall(b"\x82\xff" + (1 << 62).to_bytes(8, "big") + chance.randbytes(200))
        link.recv(100)


def giant_record(node, chance):
    """A TLS record that says it is longer than any may be."""
    with connect(node) as link:
        link.sendall(b"\x16\x03\x01\xff\xff" + chance.randbytes(20_000))
        link.recv(100)


@scenario("hostile", short=True)
def hostile(cluster, load):
    """Garbage, half handshakes, giant lengths and 1,000 silent connections: memory stays bounded, the cluster goes on."""
    target = cluster.nodes[0]
    before = target.memory_bytes()
    is_over = threading.Event()

    def attack(seed):
        chance = random.Random(seed)
        while not is_over.is_set():
            try:
                chance.choice([garbage, half_a_handshake, stranger, giant_record])(target, chance)
            except OSError:
                pass  # as it should be

    threads = [threading.Thread(target=attack, args=(seed,), daemon=True) for seed in range(4)]
    silent = []
    for thread in threads:
        thread.start()
    try:
        for _ in range(1_000):
            try:
                silent.append(connect(target))
            except OSError:
                break
        load.wait_for_progress(150, seconds=120)
        load.wait_for_progress(10, node=target)
        grown = target.memory_bytes() - before
        if grown > MEMORY_GROWTH_BYTES_MAX:
            raise Failure(f"{target} took {grown >> 20} MB for strangers")
        if target.status["links"] != len(cluster.nodes) - 1:
            raise Failure(f"{target} has {target.status['links']} links after the attack")
    finally:
        is_over.set()
        for link in silent:
            link.close()
    for thread in threads:
        thread.join()
