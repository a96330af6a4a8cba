"""Directories that the program keeps, made by the program itself: each is copied and damaged many times."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cluster"))
from cluster import Cluster, free_ports  # noqa: E402
from process import Failure, Node, run, wait_for  # noqa: E402

RECORDS = 40
# Of the ledger that a follower begins at its newest block: so many that its history is not there at once.
LARGE_RECORDS, LARGE_BYTES = 12_000, 2_000
# Of fewer blocks no snapshot is taken.
SNAPSHOT_BLOCKS_MIN = 64


class Templates:
    """folder: where they are made. A live node, `node`, is there to be asked. `folders`: name to path; `policy`: of its ledger."""

    def __init__(self, options, folder):
        self.options = types.SimpleNamespace(binary=options.binary, founded=str(folder / "founded"))
        self.folder, self.folders, self.nodes = folder, {}, []
        self.node = self.make_node("live")
        self.policy = folder / "policy.txt"
        self.make_single()
        self.make_member()
        self.make_audit()
        self.make_witness()

    def make_node(self, name):
        node = Node(self.options, len(self.nodes) + 1, self.folder / name, "127.0.0.1", *free_ports(2))
        self.nodes.append(node)
        return node

    def make_single(self):
        """The only member of a ledger, with its index and a folder of damaged segments."""
        self.node.start([])
        self.fill(self.node)
        self.policy.write_text(self.node.cairn("policy", "--url", self.node.url).stdout)
        single = self.make_node("single")
        single.start([])
        self.fill(single)
        single.stop()
        self.folders["single"] = pathlib.Path(single.data)

    def fill(self, node):
        for number in range(RECORDS):
            node.append({"number": number, "text": "stone " * (number % 7)}, f"key-{number}")
        wait_for("the index",
                 lambda: node.get("/v1/records?leaf_hash=" + node.get("/v1/records/0")["leaf_hash"]) is not None)

    def make_member(self):
        """A member of three: with a journal and an address book."""
        cluster = Cluster(self.options, self.folder / "cluster", 3, "majority").start()
        self.nodes += cluster.nodes
        for number in range(RECORDS):
            wait_for("an append",
                     lambda number=number: cluster.nodes[0].append({"number": number}, f"key-{number}") is not None)
        for node in cluster.nodes:
            node.kill()
        self.folders["member"] = pathlib.Path(cluster.nodes[0].data)

    def make_audit(self):
        run(self.options, "audit", "--url", self.node.url, "--policy", str(self.policy), "--state",
            str(self.folder / "audit"), "--once", "--records")
        self.folders["audit"] = self.folder / "audit"

    def make_witness(self):
        """A witness that has cosigned the live node's ledger."""
        self.log_key = next(
            line.split()[-1] for line in self.policy.read_text().splitlines() if line.startswith("log "))
        port, data = free_ports(1)[0], self.folder / "witness"
        key = run(self.options, "witness", "--name", "example.org/w", "--data", str(data),
                  "--print-key").stdout.strip().splitlines()[-1]
        process = subprocess.Popen([*self.witness_command(data), "--listen", f"127.0.0.1:{port}"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.node.stop()
        self.node.start([], "--witness", f"http://127.0.0.1:{port}={key}")
        self.node.append({"witnessed": True}, "witnessed")
        wait_for(
            "a cosignature",
            lambda: any(path.name != "witness.key"
                        for path in data.iterdir()) and b"example.org/w" in self.node.request("GET", "/checkpoint")[1])
        process.terminate()
        process.wait(timeout=30)
        self.folders["witness"] = data

    def witness_command(self, data):
        return [self.options.binary, "witness", "--name", "example.org/w", "--log", self.log_key, "--data", str(data)]

    def make_ahead(self):
        """A follower that began with a snapshot, and was killed before its history was there."""
        source = self.make_node("source")
        source.start([])
        path = self.folder / "large.ndjson"
        path.write_text("".join(
            json.dumps({"n": number, "text": os.urandom(LARGE_BYTES // 2).hex()}) + "\n"
            for number in range(LARGE_RECORDS)))
        run(self.options, "import", str(path), "--url", source.url)
        for number in range(SNAPSHOT_BLOCKS_MIN):
            source.append({"number": number}, f"key-{number}")
        for _ in range(5):
            follower = self.make_node(f"ahead{len(self.nodes)}")
            follower.start([source], "--chain", source.status["chain"], "--snapshot", wait=False)
            try:
                wait_for("what is ahead", lambda: (pathlib.Path(follower.data) / "ahead/base").exists(), 20)
            except Failure:
                pass
            follower.kill()
            if (pathlib.Path(follower.data) / "ahead/base").exists():
                self.folders["ahead"] = pathlib.Path(follower.data)
                break
            shutil.rmtree(follower.data, ignore_errors=True)
        source.kill()
        if "ahead" not in self.folders:
            raise Failure(f"no follower was ahead of its history:\n{follower.tail()}")

    def close(self):
        for node in self.nodes:
            if node.is_running:
                node.kill()
