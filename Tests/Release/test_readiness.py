"""Whether a node says what is so: that it takes records, or why it doesn't; and that nothing stops it which needn't."""
import fcntl
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest
from clock import Clock
from cluster import free_ports
from process import wait_for

JSON_BODY = {"Content-Type": "application/json"}


# What is asked.

def ready(node):
    """The status and what it says."""
    status, body = node.request("GET", "/readyz")
    return status, json.loads(body)


def codes(node):
    return [obstacle["code"] for obstacle in ready(node)[1].get("obstacles", [])]


def metric(node, name):
    body = node.request("GET", "/metrics")[1].decode()
    return float(re.search(rf"^{name} (\S+)$", body, re.MULTILINE)[1])


def append(node, record, headers=None, timeout=20):
    """The status, what was answered, and how long it took."""
    began = time.monotonic()
    status, body = node.request("POST", "/v1/records", json.dumps(record), {**JSON_BODY, **(headers or {})}, timeout)
    return status, json.loads(body), time.monotonic() - began


def log(node):
    return pathlib.Path(node.log_path).read_text()


def expect_ready_everywhere(cairn, node, is_ready):
    """All ways to ask give the same answer."""
    status, said = ready(node)
    assert (status, said["ready"]) == ((200, True) if is_ready else (503, False)), said
    assert (said["reason"] is None) == is_ready and bool(said.get("obstacles")) != is_ready, said
    assert metric(node, "cairn_ready") == (1 if is_ready else 0)
    assert node.status["ready"] is is_ready
    line = next(line for line in cairn("status", "--url", node.url).stdout.splitlines() if line.startswith("Ready:"))
    assert line.split(":", 1)[1].strip().startswith("yes" if is_ready else "no: "), line


# B1: clocks.

@pytest.fixture
def clock(tmp_path):
    """What makes a process believe that it is later, in seconds: its environment."""
    def ahead(seconds):
        folder = tmp_path / f"clock-{seconds}"
        folder.mkdir()
        made = Clock(folder)
        made.set(seconds)
        return made.environment
    return ahead


def test_b1_a_ledger_goes_on_after_its_only_member_was_an_hour_ahead(make_node, cairn, clock):
    first = make_node()
    first.environment = clock(3_600)
    first.start([])
    assert append(first, {"n": 0})[0] == 201
    first.stop()
    first.environment = {}
    first.start([])
    # It says so at once, everywhere, and takes records.
    warning = wait_for("a line about the clock", lambda: re.search("warning .*ahead of this machine's clock.*", log(first)))
    assert "59 min" in warning[0] or "1 h" in warning[0] or "60 min" in warning[0]
    status, said = ready(first)
    assert status == 200 and [one["code"] for one in said["warnings"]] == ["head-ahead"], said
    assert metric(first, "cairn_head_ahead_seconds") > 3_000
    assert "Warning:" in cairn("status", "--url", first.url).stdout
    assert "Warning:" not in cairn("status", "--url", first.url, "--json").stdout
    assert append(first, {"n": 1})[0] == 201

    second = make_node()
    joined = ["--chain", first.status["chain"]]
    second.start([first], *joined)
    key = second.status["key"]
    wait_for("the second has all", lambda: second.status["head"]["tree_size"] == 2)
    changed = cairn("members", "add", key, "--data", first.data, "--data", second.data, "--url", first.url,
                    "--joining-url", second.url)
    assert changed.returncode == 0, changed.stderr
    assert "ahead of this machine's clock" in changed.stderr
    for number, node in enumerate([first, second, first, second], start=2):
        status, answer, seconds = append(node, {"n": number})
        assert status == 201 and answer["number"] == number and seconds < 10, (answer, seconds)
    # Time stands still until the clocks are there.
    times = {block["timestamp"] for block in first.get("/v1/blocks")["blocks"][-4:]}
    assert len(times) == 1
    assert len(log(first).splitlines()) < 60 and len(log(second).splitlines()) < 60


def test_b1_a_ledger_that_was_founded_a_day_ahead_goes_on(make_node, cairn, clock, tmp_path):
    nodes = [make_node() for _ in range(3)]
    keys = [json.loads(cairn("keygen", "--data", node.data, "--json").stdout)["key"] for node in nodes]
    members = [part for key in keys for part in ("--member", key)]
    genesis = tmp_path / "genesis"
    founded = cairn("init", "--data", nodes[0].data, *members, "--genesis-out", genesis, env=clock(86_400))
    assert founded.returncode == 0, founded.stderr
    assert re.search(r"^Time  \d{4}-", founded.stdout, re.MULTILINE), founded.stdout
    for node in nodes[1:]:
        joined = cairn("init", "--data", node.data, "--genesis", genesis)
        assert joined.returncode == 0 and "ahead of this machine's clock" in joined.stderr, joined
    for node in nodes:
        node.start(nodes, wait=False)
    for node in nodes:
        node.wait_until_up()
        wait_for(f"{node} is ready", lambda: ready(node)[0] == 200)
    for number, node in enumerate([*nodes, *nodes]):
        status, answer, seconds = append(node, {"n": number})
        assert status == 201 and seconds < 10, (answer, seconds)
    blocks = nodes[0].get("/v1/blocks")["blocks"]
    assert len({block["timestamp"] for block in blocks}) == 1
    for node in nodes:
        assert [one["code"] for one in ready(node)[1]["warnings"]] == ["head-ahead"]
        assert "too far ahead" not in log(node)
        assert len(log(node).splitlines()) < 60


def test_b1_a_leader_an_hour_ahead_costs_a_line_a_minute(make_cluster, clock):
    cluster = make_cluster(4, "bft")
    wrong = cluster.nodes[3]
    wrong.stop()
    wrong.environment = clock(3_600)
    cluster.restart(wrong)
    cluster.wait_until_linked()
    began = time.monotonic()
    for number in range(12):
        assert append(cluster.nodes[number % 3], {"n": number})[0] == 201
    refused = [log(node).count("too far ahead of this node's clock") for node in cluster.nodes[:3]]
    assert 1 <= max(refused) <= 1 + (time.monotonic() - began) / 60, refused


# B5: too few members.

def test_b5_two_of_four_are_killed(make_cluster, cairn):
    cluster = make_cluster(4, "bft")
    first, second, third, fourth = cluster.nodes
    for node in cluster.nodes:
        expect_ready_everywhere(cairn, node, True)
    key = {"Idempotency-Key": "kept"}
    assert append(first, {"n": 0}, key)[0] == 201
    fourth.kill()
    wait_for("a link less", lambda: first.status["links"] == 2)
    expect_ready_everywhere(cairn, first, True)
    assert append(first, {"n": 1})[0] == 201
    third.kill()
    for node in (first, second):
        wait_for(f"{node} notices", lambda: ready(node)[0] == 503, seconds=10)
        expect_ready_everywhere(cairn, node, False)
        assert codes(node) == ["no-quorum"]
    status, answer, seconds = append(first, {"n": 2})
    assert status == 503 and seconds < 10, (answer, seconds)
    assert answer["type"].endswith((":quorum-lost", ":no-quorum")), answer
    status, answer, seconds = append(second, {"n": 3})
    assert status == 503 and seconds < 10, (answer, seconds)
    # By now it is known: refused at once, with nothing begun.
    for node in (first, second):
        status, answer, seconds = append(node, {"n": 4})
        assert status == 503 and answer["type"].endswith(":no-quorum") and seconds < 2, (answer, seconds)
        assert (answer["present_power"], answer["quorum_power"], answer["total_power"]) == (2, 3, 4)
        assert "Nothing was written" in answer["detail"]
    # What the ledger has it can tell at any time.
    status, answer, _ = append(first, {"n": 0}, key)
    assert (status, answer["number"]) == (200, 0)
    assert wait_for("a line", lambda: "too few members are there" in log(first))
    assert log(first).count("too few members are there") == 1
    cluster.restart(third)
    wait_for("it goes on", lambda: ready(first)[0] == 200)
    expect_ready_everywhere(cairn, first, True)
    assert append(first, {"n": 5})[0] == 201
    assert wait_for("a line", lambda: "records become final again" in log(first))


def test_b5_two_of_four_stand_still(make_cluster):
    cluster = make_cluster(4, "bft")
    first = cluster.nodes[0]
    for node in cluster.nodes[2:]:
        node.signal(signal.SIGSTOP)
    try:
        wait_for("it is noticed", lambda: ready(first)[0] == 503, seconds=15)
        assert codes(first) == ["no-quorum"]
    finally:
        for node in cluster.nodes[2:]:
            node.signal(signal.SIGCONT)
    wait_for("they are heard again", lambda: ready(first)[0] == 200, seconds=15)
    assert append(first, {"n": 1})[0] == 201


def test_b5_a_follower_knows_too(make_cluster, make_node):
    cluster = make_cluster(3)
    follower = make_node()
    follower.start(cluster.nodes, "--chain", cluster.nodes[0].status["chain"])
    wait_for("it has links to all", lambda: follower.status["links"] == 3)
    wait_for("it is ready", lambda: ready(follower)[0] == 200)
    assert append(follower, {"n": 0})[0] == 201
    for node in cluster.nodes[1:]:
        node.kill()
    wait_for("it notices", lambda: ready(follower)[0] == 503, seconds=10)
    wait_for("it refuses at once", lambda: append(follower, {"n": 1})[1].get("type", "").endswith(":no-quorum"), seconds=20)


class ClusterCommand:
    """`cairn cluster`, and what it prints."""

    def __init__(self, binary, folder, *arguments):
        self.errors = open(f"{folder}.stderr", "w+")
        self.process = subprocess.Popen(
            [binary, "cluster", "--data", str(folder), "--port", "0", *arguments], stdout=subprocess.PIPE, stderr=self.errors,
            text=True)
        self.text = ""
        while "Ctrl-C" not in self.text:
            line = self.process.stdout.readline()
            assert line, self.stderr
            self.text += line
        self.pids = [int(pid) for pid in re.findall(r"^  node\d+ .* process (\d+)$", self.text, re.MULTILINE)]
        self.urls = re.findall(r"^  node\d+  (\S+) ", self.text, re.MULTILINE)

    @property
    def stderr(self):
        return pathlib.Path(self.errors.name).read_text()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(timeout=60)
        self.errors.close()
        return code


@pytest.fixture
def cluster_command(binary, tmp_path):
    made = []

    def run(*arguments, folder=tmp_path / "cluster"):
        made.append(ClusterCommand(binary, folder, *arguments))
        return made[-1]
    yield run
    for command in made:
        command.stop()


def test_b5_the_cluster_command_says_go_on_only_while_they_do(cluster_command):
    command = cluster_command()
    assert command.text.startswith("4 nodes of one ledger, bft: 3 of them decide, so 1 may be down\n")
    os.kill(command.pids[3], signal.SIGKILL)
    wait_for("a word about the first", lambda: "node 4 was ended" in command.stderr)
    wait_for("all of it", lambda: "the others go on" in command.stderr)
    os.kill(command.pids[1], signal.SIGKILL)
    wait_for("a word about the second", lambda: "node 2 was ended" in command.stderr)
    line = wait_for("all of it", lambda: re.search(r"node 2 was ended .*\n", command.stderr))[0]
    assert "too few members are left: a power of 2, and 3 decides" in line and "the others go on" not in line
    assert command.stop() == 0


# B6: who was started without its peers' addresses.

def start_bare(node, binary):
    """As somebody does who forgot what the node was started with."""
    with open(node.log_path, "ab") as file:
        node.process = subprocess.Popen(
            [binary, "serve", "--data", node.data, "--port", str(node.http_port)], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=file)
    node.wait_until_up()


def test_b6_a_member_finds_those_that_it_knows_from_before(make_cluster, binary, cairn):
    cluster = make_cluster(3)
    last = cluster.nodes[2]
    assert append(cluster.nodes[0], {"n": 0})[0] == 201
    last.stop()
    for number in range(1, 12):
        assert append(cluster.nodes[number % 2], {"n": number})[0] == 201
    start_bare(last, binary)
    wait_for("it has all", lambda: last.status["head"]["tree_size"] == 12)
    wait_for("it has its links", lambda: last.status["links"] == 2)
    wait_for("it is ready", lambda: ready(last)[0] == 200)
    expect_ready_everywhere(cairn, last, True)
    assert append(last, {"n": 12})[0] == 201
    assert "--peer-port" in log(last)


def test_b6_a_member_that_knows_nobody_says_what_is_missing(make_cluster, binary, cairn):
    cluster = make_cluster(3)
    last = cluster.nodes[2]
    last.stop()
    (pathlib.Path(last.data) / "peers").unlink()
    before = len(log(last))
    start_bare(last, binary)
    expect_ready_everywhere(cairn, last, False)
    assert codes(last) == ["no-addresses"]
    assert "--join" in ready(last)[1]["reason"]
    wait_for("a line", lambda: "--join" in log(last)[before:])
    # It is told one, and goes on.
    status, _ = last.request("POST", "/v1/peers", json.dumps({"address": cluster.nodes[0].link_address}), JSON_BODY)
    assert status in (200, 201, 202, 204)
    wait_for("it is ready", lambda: ready(last)[0] == 200)


# B7: a full disk.

@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own, of so many megabytes; and what fills it."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    mounted = []

    def mount(folder, megabytes):
        os.makedirs(folder, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], check=True)
        mounted.append(folder)
    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", folder], check=False)


def fill(folder):
    filler = pathlib.Path(folder, "filler")
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65_536))
        except OSError:
            pass
    return filler


def test_b7_a_full_disk_is_told_and_room_is_noticed(small_disk, make_node, cairn):
    node = make_node()
    small_disk(node.data, 40)
    try:
        node.start([])
        assert append(node, {"n": 0})[0] == 201
        filler = fill(node.data)
        # Some room was reserved before, and the index gives some back when it has written.
        batch = "\n".join(json.dumps({"fill": "x" * 50_000}) for _ in range(60))
        for _ in range(60):
            status, body = node.request("POST", "/v1/records", batch, {"Content-Type": "application/x-ndjson"}, 20)
            if status != 201 and ready(node)[0] != 200:
                break
        assert status == 507, body
        expect_ready_everywhere(cairn, node, False)
        assert codes(node) == ["disk-full"] and "the disk is full" in ready(node)[1]["reason"]
        times = log(node).count("the disk is full")
        assert times >= 1
        assert node.request("GET", "/v1/records/0")[0] == 200
        filler.unlink()
        # Nobody comes to a node that isn't ready: it has to notice by itself.
        wait_for("it notices that there is room", lambda: ready(node)[0] == 200, seconds=10)
        assert log(node).count("there is room on the disk again") == times
        expect_ready_everywhere(cairn, node, True)
        assert append(node, {"n": 1})[0] == 201
        assert sorted(os.listdir(node.data)).count("room-probe") == 0
        node.stop()
    finally:
        node.kill()


def test_b7_a_member_with_a_full_disk_refuses_at_once(small_disk, make_cluster, cairn):
    cluster = make_cluster(4, "bft")
    last = cluster.nodes[3]
    last.stop()
    kept = last.data + ".kept"
    os.rename(last.data, kept)
    small_disk(last.data, 64)
    shutil.copytree(kept, last.data, dirs_exist_ok=True)
    try:
        cluster.restart(last)
        cluster.wait_until_linked()
        filler = fill(last.data)
        batch = "\n".join(json.dumps({"fill": "x" * 50_000}) for _ in range(20))

        def is_full():
            cluster.nodes[0].request("POST", "/v1/records", batch, {"Content-Type": "application/x-ndjson"}, 20)
            return "disk-full" in codes(last)
        wait_for("its disk is full", is_full)
        status, answer, seconds = append(last, {"n": 1})
        assert status == 507 and seconds < 2, (answer, seconds)
        expect_ready_everywhere(cairn, last, False)
        expect_ready_everywhere(cairn, cluster.nodes[0], True)
        filler.unlink()
        wait_for("it notices that there is room", lambda: ready(last)[0] == 200, seconds=30)
        assert append(last, {"n": 2})[0] == 201
        assert log(last).count("the disk is full") == 1 and log(last).count("there is room on the disk again") == 1
    finally:
        last.kill()


# B8: nodes that are no members.

def test_b8_the_cluster_command_counts_members(cluster_command, cairn, tmp_path):
    folder = tmp_path / "cluster"
    command = cluster_command("--nodes", "5", folder=folder)
    assert command.text.startswith("5 nodes of one ledger, bft: 4 of them decide, so 1 may be down\n")
    key = next(line.split()[1] for line in (folder / "node5" / "node.key").read_text().splitlines() if line.startswith("public"))
    signers = [part for number in range(1, 5) for part in ("--data", folder / f"node{number}")]
    removed = cairn("members", "remove", key, *signers, "--url", command.urls[0])
    assert removed.returncode == 0, removed.stderr
    assert command.stop() == 0
    command = cluster_command(folder=folder)
    assert command.text.startswith(
        "5 nodes of one ledger, 4 of them members, bft: 3 of the 4 members decide, so 1 member may be down\n"), command.text
    # Who is named to be killed is a member; the other one is no loss.
    assert f"kill -9 {command.pids[3]} " in command.text
    os.kill(command.pids[4], signal.SIGKILL)
    line = wait_for("a word about it", lambda: re.search(r"node 5 was ended .*\n", command.stderr))[0]
    assert "which is no member, and the others go on" in line


# D7: who reads the log.

def full_pipe():
    """A pipe that takes nothing more."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4_096)
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x")
    except BlockingIOError:
        os.set_blocking(writing, True)
    return reading, writing


def start_with_log(node, binary, descriptor, *more):
    node.process = subprocess.Popen(
        [binary, "serve", "--data", node.data, "--port", str(node.http_port), *more], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=descriptor)
    node.wait_until_up()


def test_d7_a_log_reader_that_stopped_reading_stops_nothing(make_node, binary):
    node = make_node()
    reading, writing = full_pipe()
    try:
        start_with_log(node, binary, writing)
        for number in range(20):
            assert append(node, {"n": number})[0] == 201
        began = time.monotonic()
        node.stop()
        assert time.monotonic() - began < 10
    finally:
        os.close(reading)
        os.close(writing)


def test_d7_who_reads_on_gets_the_lines(make_node, binary):
    node = make_node()
    reading, writing = full_pipe()
    try:
        start_with_log(node, binary, writing)
        os.close(writing)
        node.process.terminate()
        text = b""
        while piece := os.read(reading, 65_536):
            text += piece
        assert node.process.wait(timeout=20) == 0
        assert b" listening " in text and text.rstrip().endswith(b"info stopped"), text[-500:]
    finally:
        os.close(reading)


def test_d7_a_log_reader_that_went_away_takes_nothing_along(make_node, binary):
    node = make_node()
    reading, writing = os.pipe()
    os.close(reading)
    start_with_log(node, binary, writing)
    os.close(writing)
    assert append(node, {"n": 0})[0] == 201
    node.stop()


def test_d7_the_cluster_command_is_not_stopped_either(binary, tmp_path):
    reading, writing = full_pipe()
    process = subprocess.Popen(
        [binary, "cluster", "--data", str(tmp_path / "cluster"), "--port", "0", "--json"], stdout=subprocess.PIPE,
        stderr=writing, text=True)
    try:
        nodes = json.loads(process.stdout.readline())["nodes"]
        for node in nodes:
            os.kill(node["pid"], signal.SIGKILL)
        process.terminate()
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        os.close(reading)
        os.close(writing)


# D12: who may write.

@pytest.mark.parametrize("host, is_told", [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True), ("::1", False), ("::", True)])
def test_d12_an_address_that_others_reach_is_told_to_be_open(make_node, binary, host, is_told):
    node = make_node()
    node.host = {"::1": "::1"}.get(host, "127.0.0.1")
    with open(node.log_path, "wb") as file:
        node.process = subprocess.Popen(
            [binary, "serve", "--data", node.data, "--host", host, "--port", str(node.http_port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=file)
    if ":" in host and not pathlib.Path("/proc/net/if_inet6").exists():
        node.kill()
        pytest.skip("this machine has no IPv6")
    wait_for("it listens", lambda: " listening " in log(node))
    node.stop()
    assert ("anybody who reaches this address may write" in log(node)) == is_told, log(node)
