"""What is done to clusters, and what has to hold meanwhile. Each scenario ends with `finish`, which checks everything."""
import datetime
import os
import pathlib
import shutil
import signal
import subprocess
import time

import check
import clock
from cluster import Cluster
from network import NetworkCluster, why_not as no_networks
from process import Failure, wait_for

SCENARIOS = {}


def scenario(name, nodes=4, fault_model="bft", short=False, kind=Cluster, why_not=lambda: None):
    """Registers a function of a running cluster, under a name."""
    def register(function):
        SCENARIOS[name] = (function, nodes, fault_model, short, kind, why_not)
        return function
    return register


def finish(cluster, load):
    load.stop()
    return check.everything(cluster, load.acknowledged)


def must_fail(what, check):
    try:
        check()
    except Failure:
        return
    raise Failure(f"it wasn't noticed that {what}")


@scenario("checks", short=True)
def checks(cluster, load):
    """Nothing breaks, and each check has to notice what is not so."""
    node = cluster.nodes[0]
    must_fail("the cluster goes on", lambda: cluster.expect_stall([node], seconds=30))
    must_fail("a condition doesn't hold", lambda: wait_for("nothing", lambda: False, seconds=0.1))
    load.stop()
    check.agree(cluster.nodes)
    stored, acknowledged = node.records(), load.acknowledged
    check.records_are(stored, acknowledged, node)
    lost = {**acknowledged, len(stored): {"client": "c0", "sequence": -1}}
    must_fail("a record is lost", lambda: check.records_are(stored, lost, node))
    must_fail("a record is elsewhere", lambda: check.records_are(
        stored, {1: acknowledged[max(acknowledged)], **{0: acknowledged[min(acknowledged)]}}, node))
    again = [*stored, {**stored[0], "number": len(stored)}]
    must_fail("a record stands there twice", lambda: check.records_are(again, {}, node))
    must_fail("a number is missing", lambda: check.records_are(stored[1:], {}, node))


# Processes that die.

@scenario("crash-one", short=True)
def crash_one(cluster, load):
    """One of four is killed: the others go on, and it comes back."""
    last = cluster.nodes[3]
    last.kill()
    load.nodes = cluster.nodes[:3]
    load.wait_for_progress(60)
    cluster.restart(last)
    load.nodes = list(cluster.nodes)
    load.wait_for_progress(10, node=last)


@scenario("crash-two")
def crash_two(cluster, load):
    """Two of four are killed: nothing becomes final until one is back."""
    alive, dead = cluster.nodes[:2], cluster.nodes[2:]
    for node in dead:
        node.kill()
    load.nodes = alive
    cluster.expect_stall(alive)
    cluster.restart(dead[0])
    load.nodes = cluster.nodes[:3]
    load.wait_for_progress(60)
    cluster.restart(dead[1])


@scenario("crash-majority", nodes=3, fault_model="majority", short=True)
def crash_majority(cluster, load):
    """One of three is killed: the others go on. A second one: nothing goes on until it is back."""
    first, second, third = cluster.nodes
    third.kill()
    load.nodes = [first, second]
    load.wait_for_progress(60)
    second.kill()
    load.nodes = [first]
    cluster.expect_stall([first])
    cluster.restart(second)
    load.wait_for_progress(40)
    cluster.restart(third)


@scenario("crash-leader", short=True)
def crash_leader(cluster, load):
    """Who proposed the newest block is killed, again and again."""
    for _ in range(4):
        leader = cluster.leader([node for node in cluster.nodes if node.is_running])
        others = [node for node in cluster.nodes if node is not leader]
        leader.kill()
        load.nodes = others
        load.wait_for_progress(30)
        cluster.restart(leader)
        load.nodes = list(cluster.nodes)


@scenario("crash-all", short=True)
def crash_all(cluster, load):
    """All are killed at once, in the middle of the load, and start again."""
    for _ in range(3):
        for node in cluster.nodes:
            node.signal(signal.SIGKILL)
        for node in cluster.nodes:
            node.kill()
        cluster.start()
        load.wait_for_progress(40)


@scenario("pause-one")
def pause_one(cluster, load):
    """One stands still for a while, without its connections ending."""
    last = cluster.nodes[3]
    for _ in range(3):
        last.signal(signal.SIGSTOP)
        load.nodes = cluster.nodes[:3]
        load.wait_for_progress(60)
        last.signal(signal.SIGCONT)
        check.agree_roughly(cluster.nodes)
    load.nodes = list(cluster.nodes)
    load.wait_for_progress(10, node=last)


@scenario("rolling", short=True)
def rolling(cluster, load):
    """Each is stopped and started again, one after the other, as in an upgrade: the load never stands still."""
    for node in cluster.nodes:
        load.nodes = [other for other in cluster.nodes if other is not node]
        node.stop()
        load.wait_for_progress(20)
        cluster.restart(node)
        cluster.wait_until_linked()
        load.nodes = list(cluster.nodes)
        load.wait_for_progress(5, node=node)


# Networks.

@scenario("cut-off", kind=NetworkCluster, why_not=no_networks)
def cut_off(cluster, load):
    """One hears nothing and is not heard; then it is only not heard, then it only hears nothing."""
    last, others = cluster.nodes[3], cluster.nodes[:3]
    for cut in (lambda: cluster.cut([last], others), lambda: cluster.cut([last], others, both=False),
                lambda: cluster.cut(others, [last], both=False)):
        cut()
        load.nodes = others
        load.wait_for_progress(60, seconds=120)
        cluster.mend()
        check.agree_roughly(cluster.nodes)


@scenario("partition", kind=NetworkCluster, why_not=no_networks)
def partition(cluster, load):
    """Two and two can't hear each other: nothing becomes final on either side until they can."""
    left, right = cluster.nodes[:2], cluster.nodes[2:]
    cluster.cut(left, right)
    cluster.expect_stall(cluster.nodes)
    cluster.mend()
    load.wait_for_progress(60, seconds=120)


@scenario("ring", kind=NetworkCluster, why_not=no_networks)
def ring(cluster, load):
    """Each member hears only its two neighbours: with itself just a quorum, and the rest comes by way of others."""
    one, two, three, four = cluster.nodes
    cluster.cut([one], [three])
    cluster.cut([two], [four])
    load.wait_for_progress(60, seconds=180)
    cluster.mend()


@scenario("bad-lines", kind=NetworkCluster, why_not=no_networks)
def bad_lines(cluster, load):
    """50 ms each way, and one packet of fifty is lost."""
    cluster.rule(cluster.nodes, cluster.nodes, loss=0.02, delay=0.05)
    load.wait_for_progress(60, seconds=180)
    cluster.mend()


# Disks.

@scenario("flipped", short=True)
def flipped(cluster, load):
    """Bytes on one node's disk change under it: it finds the block, and heals it from the others."""
    last = cluster.nodes[3]
    load.wait_for_progress(60)
    last.stop()
    path = sorted(pathlib.Path(last.data, "blocks").glob("*.log"))[0]
    place = 2_048  # in a block that is there for good, behind the segment's header
    with open(path, "r+b") as file:
        file.seek(place)
        changed = bytes(byte ^ 0x20 for byte in file.read(4))
        file.seek(place)
        file.write(changed)
    cluster.restart(last)
    last.get("/v1/validate", timeout=60)

    def healed():
        status = last.status
        return status["repair"]["healed_blocks"] > 0 and status["ready"]
    wait_for(f"{last} heals what changed", healed)
    if not last.get("/v1/validate", timeout=60)["valid"]:
        raise Failure(f"{last} says that it healed its ledger, and it isn't valid")
    load.wait_for_progress(60)


@scenario("full-disk", why_not=lambda: None if os.geteuid() == 0 else "mounting a small disk needs root")
def full_disk(cluster, load):
    """One node's disk is full: the others go on, and it follows when there is room again."""
    last = cluster.nodes[3]
    last.stop()
    kept = last.data + ".kept"
    os.rename(last.data, kept)
    os.mkdir(last.data)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", last.data], check=True)
    try:
        shutil.copytree(kept, last.data, dirs_exist_ok=True)
        cluster.restart(last)
        load.nodes = cluster.nodes[:3]
        filler = pathlib.Path(last.data, "filler")
        with open(filler, "wb") as file:
            try:
                while True:
                    file.write(bytes(65_536))
                    file.flush()
            except OSError:
                pass
        load.wait_for_progress(200, seconds=120)
        filler.unlink()
        check.agree_roughly(cluster.nodes)
        load.nodes = list(cluster.nodes)
        load.wait_for_progress(10, node=last)
        return finish(cluster, load)
    finally:
        cluster.kill()
        subprocess.run(["umount", "-l", last.data], check=False)


# Clocks.

@scenario("clocks", why_not=clock.why_not)
def clocks(cluster, load):
    """Clocks that are a second ahead and a second behind."""
    for node, offset in ((cluster.nodes[1], 1), (cluster.nodes[2], -1)):
        node.stop()
        folder = cluster.folder / f"clock{node.number}"
        folder.mkdir()
        own = clock.Clock(folder)
        own.set(offset)
        node.environment = own.environment
        cluster.restart(node)
        started = datetime.datetime.fromisoformat(node.status["started_at"].replace("Z", "+00:00")).timestamp()
        if abs(started - time.time() - offset) > 0.9:
            raise Failure(f"the clock of {node} is not off by {offset} s: it says {started}")
    load.wait_for_progress(100)
    times = [node.get("/v1/blocks/head")["timestamp"] for node in cluster.nodes]
    if not all(times):
        raise Failure("a block has no time")
