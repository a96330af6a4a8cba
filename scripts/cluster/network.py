"""A network of its own for each node, and a switch between them that cuts, delays and loses packets.

Each node runs in a network namespace with a TUN device; the switch, a process of its own, carries IP packets from one to the
other. That needs root, namespaces and /dev/net/tun, and no module of the kernel's traffic control. The scenario's own process has
a device too, to talk to all nodes over HTTP; no rule holds for it.
"""
import ctypes
import fcntl
import heapq
import os
import pathlib
import random
import select
import socket
import struct
import subprocess
import sys
import time

from cluster import Cluster
from process import Node

HELPER = pathlib.Path(__file__).resolve().parent / "in_network.py"
CLONE_NEWNET = 0x40000000
OWN_ADDRESS = "10.77.0.254"


def enter_own_network():
    """Moves the calling thread, and those that it starts, to a network namespace with nothing but its loopback."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def open_device(address):
    """A TUN device in the present namespace, with an address of 10.77.0.0/24; its other end is what is returned."""
    device = os.open("/dev/net/tun", os.O_RDWR)
    # IFF_TUN | IFF_NO_PI: plain IP packets.
    fcntl.ioctl(device, 0x400454CA, struct.pack("16sH", b"cairn0", 0x1001))
    for command in (["addr", "add", f"{address}/24", "dev", "cairn0"], ["link", "set", "cairn0", "up"]):
        subprocess.run(["ip", *command], check=True)
    return device


def why_not():
    """Why there can be no such networks here; None when there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    child = os.fork()
    if child == 0:
        try:
            enter_own_network()
            open_device(OWN_ADDRESS)
            os._exit(0)
        except (OSError, subprocess.CalledProcessError):
            os._exit(1)
    _, status = os.waitpid(child, 0)
    return "the kernel gives no network namespace with a TUN device here" if status else None


class Switch:
    """The switch's process. Rules go to it as lines: `rule FROM TO LOSS DELAY_SECONDS`; devices as `device ADDRESS`."""

    def __init__(self):
        self.pipe, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.fork()
        if self.pid == 0:
            self.pipe.close()
            try:
                Switching(other).run()
            finally:
                os._exit(0)
        other.close()

    def device(self, address, device):
        socket.send_fds(self.pipe, [f"device {address}".encode()], [device])
        os.close(device)
        self.pipe.recv(16)

    def rule(self, sender, receiver, loss=0.0, delay=0.0):
        self.pipe.send(f"rule {sender} {receiver} {loss} {delay}".encode())
        self.pipe.recv(16)

    def stop(self):
        self.pipe.close()
        os.waitpid(self.pid, 0)


class Switching:
    """What the switch's process does."""

    def __init__(self, pipe):
        self.pipe, self.chance = pipe, random.Random(1)
        self.devices, self.addresses, self.rules = {}, {}, {}
        self.delayed, self.count = [], 0

    def run(self):
        poll = select.epoll()
        poll.register(self.pipe, select.EPOLLIN)
        self.poll = poll
        while True:
            timeout = max(0, self.delayed[0][0] - time.monotonic()) if self.delayed else None
            for file, _ in poll.poll(timeout):
                if file == self.pipe.fileno():
                    if not self.obey():
                        return
                else:
                    self.carry(file)
            while self.delayed and self.delayed[0][0] <= time.monotonic():
                _, _, receiver, packet = heapq.heappop(self.delayed)
                self.deliver(receiver, packet)

    def obey(self):
        text, files, _, _ = socket.recv_fds(self.pipe, 256, 1)
        if not text:
            return False
        words = text.decode().split()
        if words[0] == "device":
            device, address = files[0], socket.inet_aton(words[1])
            os.set_blocking(device, False)
            if address in self.devices:
                self.forget(address)
            self.devices[address], self.addresses[device] = device, address
            self.poll.register(device, select.EPOLLIN)
        else:
            ends = socket.inet_aton(words[1]), socket.inet_aton(words[2])
            self.rules[ends] = float(words[3]), float(words[4])
        self.pipe.send(b"done")
        return True

    def forget(self, address):
        device = self.devices.pop(address)
        del self.addresses[device]
        self.poll.unregister(device)
        os.close(device)

    def carry(self, device):
        for _ in range(64):
            try:
                packet = os.read(device, 65_536)
            except BlockingIOError:
                return
            except OSError:  # its namespace is gone
                self.forget(self.addresses[device])
                return
            if len(packet) < 20 or packet[0] >> 4 != 4:
                continue
            sender, receiver = packet[12:16], packet[16:20]
            loss, delay = self.rules.get((sender, receiver), (0, 0))
            if loss and self.chance.random() < loss:
                continue
            if delay:
                self.count += 1
                heapq.heappush(self.delayed, (time.monotonic() + delay, self.count, receiver, packet))
            else:
                self.deliver(receiver, packet)

    def deliver(self, receiver, packet):
        device = self.devices.get(receiver)
        if device is not None:
            try:
                os.write(device, packet)
            except OSError:
                pass  # its queue is full, or its namespace is gone: a network loses packets


class NetworkNode(Node):
    """A node with a network of its own."""

    def __init__(self, cluster, *arguments):
        super().__init__(*arguments)
        self.cluster = cluster

    def spawning(self):
        return {"pass_fds": [self.theirs.fileno()]}

    def start(self, join, *more, wait=True):
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.wrapper = [sys.executable, str(HELPER), self.host, str(self.theirs.fileno())]
        super().start(join, *more, wait=wait)

    def spawned(self):
        self.theirs.close()
        _, files, _, _ = socket.recv_fds(self.ours, 16, 1)
        self.ours.close()
        self.cluster.switch.device(self.host, files[0])


class NetworkCluster(Cluster):
    """A cluster whose nodes' links can be cut. To be made in a process of its own: it moves to another network."""

    def __init__(self, options, folder, count, fault_model):
        enter_own_network()
        self.switch = Switch()
        self.switch.device(OWN_ADDRESS, open_device(OWN_ADDRESS))
        super().__init__(options, folder, count, fault_model)

    def node(self, number, data):
        return NetworkNode(self, self.options, number, data, f"10.77.0.{number}", 5000, 5001)

    # What packets from some nodes to others meet with.

    def rule(self, senders, receivers, loss=0.0, delay=0.0, both=False):
        for sender in senders:
            for receiver in receivers:
                if sender is not receiver:
                    self.switch.rule(sender.host, receiver.host, loss, delay)
                    if both:
                        self.switch.rule(receiver.host, sender.host, loss, delay)

    def cut(self, senders, receivers, both=True):
        self.rule(senders, receivers, loss=1.0, both=both)

    def mend(self):
        self.rule(self.nodes, self.nodes)

    def kill(self):
        super().kill()
        self.switch.stop()
