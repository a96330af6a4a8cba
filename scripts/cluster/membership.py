"""Scenarios in which members come and go."""
import json
import os
import pathlib
import shutil
import signal
import subprocess

import check
from load import Load
from process import Failure, run, wait_for
from scenarios import finish, scenario


def follow(cluster, node, source):
    """Starts a node on a new directory, which copies the ledger of another, and waits until it has."""
    chain = source.status["chain"]
    node.start([source], "--chain", chain)
    check.agree_roughly([source, node])
    role, vote = node.status["role"], node.status["vote"]
    if (role, vote) != ("follower", "none"):
        raise Failure(f"{node}, new to the ledger, says that it is a {role} whose vote is {vote}")


def change(cluster, *arguments, signers, asking, joining=()):
    """Changes the members with the keys of some nodes, and waits until all nodes know."""
    epoch = asking.get("/v1/members")["epoch"]
    command = ["members", *arguments, "--url", asking.url]
    for node in signers:
        command += ["--data", node.data]
    for node in joining:
        command += ["--joining-url", node.url]
    run(cluster.options, *command)
    for node in cluster.nodes:
        if node.is_running:
            wait_for(f"{node} is in the next epoch", lambda: node.get("/v1/members")["epoch"] > epoch)


def expect_vote(node, vote):
    wait_for(f"{node}'s vote is {vote}", lambda: node.status["vote"] == vote)


@scenario("wiped")
def wiped(cluster, load):
    """One loses its disk: with a new key it follows, does not vote, and comes back in the old one's place."""
    last, others = cluster.nodes[3], cluster.nodes[:3]
    old = last.key
    last.kill()
    shutil.rmtree(last.data)
    load.nodes = others
    load.wait_for_progress(60)
    follow(cluster, last, others[0])
    change(cluster, "replace", old, last.key, signers=cluster.nodes, asking=others[0], joining=[last])
    expect_vote(last, "votes")
    # It has to vote now: without it there is no quorum.
    others[0].kill()
    load.nodes = [*others[1:], last]
    load.wait_for_progress(60)
    cluster.restart(others[0])


@scenario("restored", short=True)
def restored(cluster, load):
    """One's directory is put back from an older copy, as a backup has it (no journal): it follows and refuses to vote."""
    last, others = cluster.nodes[3], cluster.nodes[:3]
    last.stop()
    copy = last.data + ".copy"
    shutil.copytree(last.data, copy)
    cluster.restart(last)
    load.wait_for_progress(60)
    last.kill()
    shutil.rmtree(last.data)
    shutil.copytree(copy, last.data)
    shutil.rmtree(pathlib.Path(last.data, "journal"))
    load.nodes = others
    cluster.restart(last)
    status = last.status
    if status["vote"] != "lost" or status["ready"] or "vote" not in status["reason"]:
        raise Failure(f"{last} has no journal and says {json.dumps(status)}")
    check.agree_roughly(cluster.nodes)
    # Its vote is not there: without another one there is no quorum.
    others[0].kill()
    load.nodes = others[1:]
    cluster.expect_stall(others[1:])
    cluster.restart(others[0])
    load.wait_for_progress(30)


@scenario("grow", nodes=0)
def grow(cluster, _):
    """A ledger of one node becomes one of four, under load, and stands the loss of one."""
    first = cluster.add(1)
    run(cluster.options, "init", "--data", first.data, "--name", "grows")
    first.start([])
    load = Load([first]).start()
    for number in (2, 3, 4):
        follow(cluster, cluster.add(number), first)
    keys = [node.key for node in cluster.nodes[1:]]
    change(cluster, "add", *keys, "--fault-model", "bft", signers=cluster.nodes, asking=first, joining=cluster.nodes[1:])
    for node in cluster.nodes:
        expect_vote(node, "votes")
    load.nodes = list(cluster.nodes)
    load.wait_for_progress(60)
    first.kill()
    load.nodes = cluster.nodes[1:]
    load.wait_for_progress(60)
    cluster.restart(first)
    # And shrink: three of them decide now, and one is not needed any more.
    change(cluster, "remove", cluster.nodes[3].key, signers=cluster.nodes[:3], asking=first)
    expect_vote(cluster.nodes[3], "none")
    load.wait_for_progress(30)
    return finish(cluster, load)


@scenario("drafts", nodes=3, fault_model="majority", short=True)
def drafts(cluster, load):
    """A change travels between operators as a file, and counts when enough have signed it."""
    first, second, third = cluster.nodes
    path = str(cluster.folder / "change.json")
    run(cluster.options, "members", "power", third.key, "3", "--url", first.url, "--data", first.data, "--draft", path)
    early = run(cluster.options, "members", "submit", path, "--url", second.url, check=False)
    if early.returncode == 0 or "still to sign" not in early.stderr:
        raise Failure(f"one signature of three was enough: {early.stdout}{early.stderr}")
    run(cluster.options, "members", "sign", path, "--data", second.data)
    run(cluster.options, "members", "submit", path, "--url", second.url)
    for node in cluster.nodes:
        wait_for(f"{node} knows the new power", lambda: node.get("/v1/members")["members"][2]["power"] == 3)
    late = run(cluster.options, "members", "submit", path, "--url", first.url, check=False)
    if late.returncode == 0:
        raise Failure("a change counted twice")
    load.wait_for_progress(40)


@scenario("command", nodes=0, short=True)
def command(cluster, _):
    """`cairn cluster`: opens what it founded, says when one dies, and leaves nothing running, however it ends."""
    data = str(cluster.folder / "local")

    def start():
        process = subprocess.Popen(
            [cluster.options.binary, "cluster", "--nodes", "4", "--data", data, "--port", "0", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = process.stdout.readline()
        if not line:
            raise Failure(f"cairn cluster: {process.stderr.read()}")
        return process, json.loads(line)

    def gone(pids):
        wait_for(f"processes {pids} end", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))

    process, first = start()
    pids = [node["pid"] for node in first["nodes"]]
    url = first["nodes"][0]["url"]
    run(cluster.options, "append", '{"n":1}', "--url", url)
    os.kill(pids[3], signal.SIGKILL)
    told = process.stderr.readline()
    if "node 4 was ended" not in told:
        raise Failure(f"cairn cluster says {told!r} when node 4 is killed")
    run(cluster.options, "append", '{"n":2}', "--url", url)
    process.send_signal(signal.SIGINT)
    if process.wait(timeout=60) != 0:
        raise Failure(f"SIGINT ended cairn cluster with {process.returncode}: {process.stderr.read()}")
    gone(pids)

    process, second = start()
    if (first["chain"], [n["key"] for n in first["nodes"]]) != (second["chain"], [n["key"] for n in second["nodes"]]):
        raise Failure("cairn cluster opened something else than it founded")
    process.kill()
    process.wait()
    gone([node["pid"] for node in second["nodes"]])

    # One that can't start: none is left.
    with open(pathlib.Path(data, "node3", "node.key"), "w") as file:
        file.write("nothing")
    failed = run(cluster.options, "cluster", "--data", data, "--port", "0", check=False)
    if failed.returncode != 1 or "node 3 did not start" not in failed.stderr:
        raise Failure(f"a cluster with a bad key: {failed.returncode} {failed.stderr}")
    found = subprocess.run(["pgrep", "-f", data], capture_output=True, text=True).stdout.split()
    if found:
        raise Failure(f"processes {found} are left of a cluster that did not start")
    return 2
