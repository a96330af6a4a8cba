"""A follower that begins with a snapshot."""
import json
import os
import pathlib
import time

import check
from process import Failure, run, wait_for
from scenarios import finish, scenario

# Records of a kilobyte that are there before the follower comes: some tens of megabytes, so that the history takes a while.
RECORDS = 40_000


def fill(cluster, node, records=RECORDS):
    """Imports records into the ledger, fewer than a block takes at once in each of many blocks."""
    path = pathlib.Path(cluster.folder, "fill.ndjson")
    with open(path, "w") as file:
        for number in range(records):
            file.write(json.dumps({"fill": number, "text": os.urandom(480).hex()}) + "\n")
    run(cluster.options, "import", str(path), "--url", node.url)
    path.unlink()


def start(cluster, node, sources):
    """Starts the follower, whatever it has come to before. Doesn't wait."""
    node.start(sources, "--chain", sources[0].status["chain"], "--snapshot", wait=False)


def snapshot(node):
    """What it says of its snapshot; None when all of the ledger is there."""
    return node.status["snapshot"]


def ahead(node):
    return pathlib.Path(node.data, "ahead", "base").exists()


def came(node, part):
    """Whether so much of the history is there."""
    # Asked once: a moment later it may be whole.
    state = snapshot(node)
    return state is None or state["history_block"] >= part * state["first_block"]


def whole(node, seconds=180):
    wait_for(f"{node} has the whole ledger", lambda: snapshot(node) is None, seconds)
    wait_for(f"{node} removed what was ahead", lambda: not pathlib.Path(node.data, "ahead").exists())


def died(node, condition, what):
    """Kills a node as soon as something is so."""
    wait_for(what, condition)
    node.kill()
    return ahead(node)


@scenario("snapshot", short=True)
def begin_with_snapshot(cluster, load):
    """A follower begins with a snapshot: it is of use at once, and whole in the end, whenever it is killed meanwhile."""
    members = list(cluster.nodes)
    fill(cluster, members[0])

    # One that lives: how long it takes, and what it says meanwhile.
    quick = cluster.make(5, cluster.folder / "node5")
    began = time.monotonic()
    start(cluster, quick, members)
    quick.wait_until_up()
    number = wait_for("the first record", lambda: quick.append({"first": 1}, "first-of-quick"))
    first = time.monotonic() - began
    state = snapshot(quick)
    if state is not None:
        status, body = quick.request("GET", f"/v1/records/{state['first_record'] - 1}")
        if status != 503 and snapshot(quick) is not None:
            raise Failure(f"{quick} answers with {status} for what it lacks: {body[:200]!r}")
        if status == 503 and not json.loads(body)["type"].endswith(":history-not-here-yet"):
            raise Failure(f"{quick} says {body[:200]!r} of what it lacks")
    if quick.get(f"/v1/records/{number}")["data"] != {"first": 1}:
        raise Failure(f"{quick} does not give back what it took")
    cluster.nodes.append(quick)
    load.nodes = list(cluster.nodes)
    load.wait_for_progress(10, node=quick)
    whole(quick)
    size = sum(path.stat().st_size for path in pathlib.Path(quick.data, "blocks").glob("*.log"))
    print(f"snapshot: the first record after {first:.2f} s, the whole ledger ({size / 1e6:.0f} MB) after "
          f"{time.monotonic() - began:.2f} s", flush=True)

    # One that dies in each phase.
    mortal = cluster.make(6, cluster.folder / "node6")
    data = pathlib.Path(mortal.data)
    start(cluster, mortal, members)
    died(mortal, lambda: (data / "node.key").exists(), "a key")
    start(cluster, mortal, members)
    died(mortal, lambda: (data / "blocks" / "00000000000000000000.log").exists(), "a joined ledger")
    start(cluster, mortal, members)
    died(mortal, lambda: (data / "ahead").exists(), "something ahead")
    start(cluster, mortal, members)
    died(mortal, lambda: ahead(mortal), "a snapshot")
    interrupted = 0
    for part in (0.02, 0.2, 0.5, 0.9):
        start(cluster, mortal, members)
        interrupted += died(mortal, lambda part=part: came(mortal, part), f"{part} of the history")
    if interrupted == 0:
        raise Failure(f"{mortal} had its history before it could be killed: RECORDS has to be larger")
    # In the copying of what is ahead, or shortly before or behind it.
    for _ in range(3):
        start(cluster, mortal, members)
        died(mortal, lambda: came(mortal, 1), "all of the history")
    start(cluster, mortal, members)
    mortal.wait_until_up()
    cluster.nodes.append(mortal)
    load.nodes = list(cluster.nodes)
    load.wait_for_progress(10, node=mortal)
    whole(mortal)

    # From now on it is a follower like any other.
    mortal.stop()
    mortal.start(members)
    load.wait_for_progress(10, node=mortal)
    if mortal.get("/v1/validate", timeout=120)["valid"] is not True:
        raise Failure(f"{mortal} says that its ledger isn't valid")
    check.agree_roughly(cluster.nodes)
    return finish(cluster, load)
