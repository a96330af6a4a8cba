"""What has to hold at a scenario's end, told from the nodes' answers and then from their directories."""
import json
import pathlib
import subprocess
import sys

from process import Failure, run, wait_for

CHECKER = pathlib.Path(__file__).resolve().parent.parent / "check-ledger.py"


def heads(nodes):
    return [node.status["head"] for node in nodes]


def agree(nodes, seconds=90):
    """Waits until all nodes have the same head."""
    wait_for(f"{nodes} have one head", lambda: len({head["hash"] for head in heads(nodes)}) == 1, seconds)


def records_are(stored, acknowledged, node):
    """Nothing that was acknowledged is lost or elsewhere, nothing stands there twice, each client's records are in order."""
    last = {}
    for position, entry in enumerate(stored):
        if entry["number"] != position:
            raise Failure(f"{node}: record {entry['number']} stands at {position}")
        record = entry["data"]
        if not isinstance(record, dict) or "client" not in record:
            continue
        if last.get(record["client"], -1) >= record["sequence"]:
            raise Failure(f"{node}: {record} stands there twice or out of order")
        last[record["client"]] = record["sequence"]
    for number, record in acknowledged.items():
        if number >= len(stored) or stored[number]["data"] != record:
            raise Failure(f"{node}: the acknowledged record {number}, {record}, is not there")


def directory(node):
    """A stopped node's directory, by the independent checker and by the program itself. Returns the former's line."""
    done = subprocess.run([sys.executable, str(CHECKER), node.data], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{node}: check-ledger.py says: {done.stdout}{done.stderr}")
    run(node.options, "verify", "--data", node.data)
    return done.stdout.strip()


def everything(cluster, acknowledged):
    """Checks running nodes, stops them, and checks what they leave. Returns how many records there are."""
    nodes = cluster.nodes
    agree(nodes)
    ledgers = [node.records() for node in nodes]
    for node, stored in zip(nodes, ledgers):
        records_are(stored, acknowledged, node)
        if stored != ledgers[0]:
            raise Failure(f"{node} and {nodes[0]} don't have the same records")
    for node in nodes:
        node.stop()
    lines = {directory(node) for node in nodes}
    if len(lines) != 1:
        raise Failure("the directories are not the same ledger: " + json.dumps(sorted(lines)))
    return len(ledgers[0])


def agree_roughly(nodes, seconds=90):
    """Waits, under load, until each node has all that the first one has now."""
    size = nodes[0].status["head"]["tree_size"]
    for node in nodes:
        wait_for(f"{node} has {size} records", lambda: node.status["head"]["tree_size"] >= size, seconds)
