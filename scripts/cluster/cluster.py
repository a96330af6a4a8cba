"""Several nodes of one ledger."""
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess

from process import Failure, Node, say, wait_for


def free_ports(count):
    """Ports that nobody has, and that the system gives to no connection while their node is down. They are all held until the
    last is found, so that none comes twice."""
    end = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    probes = []
    while len(probes) < count:
        probe = socket.socket()
        try:
            probe.bind(("127.0.0.1", random.randrange(10_000, end)))
            probes.append(probe)
        except OSError:
            probe.close()
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def found(options, folder, count, fault_model):
    """Founds a ledger with so many members, as the program does, and returns the folder. Once for each kind."""
    path = pathlib.Path(options.founded) / f"{count}-{fault_model}"
    if not path.exists():
        process = subprocess.Popen(
            [options.binary, "cluster", "--nodes", str(count), "--fault-model", fault_model, "--data", str(path),
             "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
        line = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=60)
        if not line or code != 0:
            raise Failure(f"cairn cluster ended with {code} and printed {line!r}")
        if len(json.loads(line)["nodes"]) != count:
            raise Failure(f"cairn cluster printed {line}")
    shutil.copytree(path, folder, dirs_exist_ok=True)


class Cluster:
    """Nodes with fixed addresses on 127.0.0.1."""

    def __init__(self, options, folder, count, fault_model):
        self.options, self.folder = options, pathlib.Path(folder)
        if count:
            found(options, folder, count, fault_model)
        self.nodes = []
        # Those too that are not among the nodes yet, or no more: none of them may outlive the test.
        self.made = []
        for number in range(1, count + 1):
            self.add(number)

    def add(self, number):
        self.nodes.append(self.make(number, self.folder / f"node{number}"))
        return self.nodes[-1]

    def make(self, number, data):
        self.made.append(self.node(number, data))
        return self.made[-1]

    def node(self, number, data):
        return Node(self.options, number, data, "127.0.0.1", *free_ports(2))

    def start(self):
        for node in self.nodes:
            node.start(self.nodes, wait=False)
        for node in self.nodes:
            node.wait_until_up()
        self.wait_until_linked()
        return self

    def wait_until_linked(self, nodes=None):
        nodes = nodes or self.nodes
        for node in nodes:
            wait_for(f"{node} has links to {len(nodes) - 1} others", lambda: node.status["links"] >= len(nodes) - 1)

    def restart(self, node, *more):
        node.start(self.nodes, *more)

    def leader(self, nodes):
        """Who proposed the newest block."""
        proposer = wait_for(
            "a newest block", lambda: nodes[0].get("/v1/blocks/head")["proposer"])
        return next((node for node in self.nodes if node.key == proposer), None)

    def expect_stall(self, nodes, seconds=3):
        """Nothing becomes final: a record that is sent now isn't acknowledged."""
        for node in nodes:
            key = f"stall-{node.number}-{os.urandom(8).hex()}"
            try:
                number = node.append({"stall": key}, key, timeout=seconds)
            except OSError:
                continue
            if number is not None:
                raise Failure(f"{node} acknowledged record {number}, without a quorum")

    def kill(self):
        """Ends what is left, whatever happened."""
        for node in self.made:
            if node.is_running:
                node.kill()

    def tell(self):
        """For whoever looks for the reason of a failure."""
        for node in self.nodes:
            ended = node.process.poll() if node.process else "stopped by the test"
            say(f"--- {node}, {'running' if ended is None else f'not running ({ended})'}: {node.log_path}\n{node.tail()}")
            if node.is_running:
                try:
                    status = node.get("/v1/node", timeout=2)
                    say(json.dumps({name: status.get(name) for name in (
                        "head", "role", "vote", "lost_vote", "epoch", "view", "links", "catch_up", "snapshot", "ready", "reason",
                        "queued_records")}))
                except (OSError, ValueError) as error:
                    say(repr(error))
