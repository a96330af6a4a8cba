"""Directories and disks: locks, copies, altered records, files that are none, and what the program writes."""
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import pathlib
import re
import shutil
import socket
import stat
import subprocess
import sys
import threading

import pytest

from cluster import free_ports
from conftest import ROOT
from process import Failure, wait_for

RECORDS = [f'{{"n":{number},"text":"record {number}"}}' for number in range(20)]
FIRST = "blocks/00000000000000000000.log"
NEVER = 20  # seconds after which a command is taken to hang


# What the tests share.


@pytest.fixture
def ledger(cairn, tmp_path):
    """A stopped ledger of four blocks with five records each."""
    data = tmp_path / "ledger"
    assert cairn("init", "--data", data).returncode == 0
    for first in range(0, len(RECORDS), 5):
        done = cairn("append", "--data", data, *RECORDS[first:first + 5])
        assert done.returncode == 0, done.stderr
    return data


@pytest.fixture
def start(binary, tmp_path):
    """Starts a command that goes on until it is ended with the test. Returns the process; what it says is in `.said`."""
    processes = []

    def run(*arguments):
        said = tmp_path / f"said{len(processes)}"
        with open(said, "wb") as file:
            process = subprocess.Popen([binary, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        process.said = said
        processes.append(process)
        return process
    yield run
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()


def says(process, text):
    wait_for(f"{process.args} says {text!r}", lambda: text in process.said.read_text())


def contents(folder):
    """All that stands in a folder, with when it was changed last."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        status = path.lstat()
        found[str(path.relative_to(folder))] = (
            status.st_mode, status.st_mtime_ns, path.read_bytes() if path.is_file() else None)
    return found


def checker():
    spec = importlib.util.spec_from_file_location("check_ledger", ROOT / "scripts/check-ledger.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def alter(data, old, new, with_leaf=False):
    """Changes a record on the disk, as somebody would who wants to rewrite the past: with a checksum that fits, and when
    asked with the tree's leaf. Returns the block."""
    old, new = old.encode(), new.encode()
    assert len(old) == len(new)
    path = pathlib.Path(data) / FIRST
    log = path.read_bytes()
    place, block = 64, 0
    while True:
        size = 24 + int.from_bytes(log[place + 8:place + 12]) + int.from_bytes(log[place + 12:place + 16])
        frame = log[place:place + size]
        if old in frame:
            break
        place, block = place + size, block + 1
    frame = frame.replace(old, new)
    frame = frame[:4] + checker().crc32c(frame[8:]).to_bytes(4) + frame[8:]
    with open(path, "r+b") as file:
        file.seek(place)
        file.write(frame)
    if with_leaf:
        leaves = pathlib.Path(data) / "tree/0"
        before, after = (hashlib.sha256(b"\0" + text).digest() for text in (old, new))
        tree = leaves.read_bytes()
        assert before in tree
        leaves.write_bytes(tree.replace(before, after))
    return block


def make_fifo(path):
    os.mkfifo(path)


def make_zero(path):
    os.symlink("/dev/zero", path)


def make_folder(path):
    os.mkdir(path)


def make_socket(path):
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as listener:
        here = os.getcwd()
        os.chdir(os.path.dirname(path))  # A socket's path has 108 bytes at most.
        try:
            listener.bind(os.path.basename(path))
        finally:
            os.chdir(here)


KINDS = {"fifo": make_fifo, "zero": make_zero, "folder": make_folder, "socket": make_socket}


# Locks.


@pytest.mark.parametrize("replaced", [False, True], ids=["deleted", "replaced"])
def test_b2_deleted_lock_keeps_everybody_out(cairn, node, tmp_path, replaced):
    assert node.append({"n": 0}, "0") == 0
    os.remove(f"{node.data}/lock")
    if replaced:
        pathlib.Path(f"{node.data}/lock").touch()
    holder = f"in use by process {node.process.pid}"
    lines = tmp_path / "records.ndjson"
    lines.write_text("1\n2\n")
    ports = free_ports(2)
    commands = [
        ["append", "--data", node.data, "1"], ["import", lines, "--data", node.data], ["repair", "--data", node.data],
        ["serve", "--data", node.data, "--port", ports[0]], ["export", "--data", node.data],
        ["policy", "--data", node.data],
    ]
    for command in commands:
        done = cairn(*command, timeout=NEVER)
        assert done.returncode == 1, command
        assert holder in done.stderr, (command, done.stderr)
    assert node.append({"n": 1}, "1") == 1
    node.stop()
    assert cairn("verify", "--data", node.data).returncode == 0
    assert [json.loads(line) for line in cairn("export", "--data", node.data).stdout.splitlines()] == [{"n": 0}, {"n": 1}]


def test_b2_ahead_has_a_lock_of_its_own_folder(cairn, ledger):
    """Who holds the folder is told also when the file that says so is gone."""
    descriptor = os.open(ledger, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        os.remove(ledger / "lock")
        done = cairn("append", "--data", ledger, "1")
        assert done.returncode == 1 and f"in use by process {os.getpid()}" in done.stderr
        assert not (ledger / "lock").exists()
    finally:
        os.close(descriptor)
    assert cairn("append", "--data", ledger, "1").returncode == 0


def test_b2_versions_that_lock_the_file_are_kept_out(cairn, ledger, make_node):
    with open(ledger / "lock", "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        for command in (["append", "--data", ledger, "1"], ["get", "0", "--data", ledger], ["repair", "--data", ledger]):
            done = cairn(*command)
            assert done.returncode == 1 and f"in use by process {os.getpid()}" in done.stderr, done.stderr
    running = make_node(ledger)
    running.start([])
    with open(ledger / "lock") as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_b2_lock_that_is_a_link_is_not_followed(cairn, ledger, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("keep")
    os.remove(ledger / "lock")
    os.symlink(victim, ledger / "lock")
    done = cairn("append", "--data", ledger, "1")
    assert done.returncode == 1 and "lock" in done.stderr and "a link" in done.stderr
    assert victim.read_text() == "keep"


def test_b2_witness_and_auditor(cairn, node, start, tmp_path):
    log_key = next(
        line.split()[1] for line in cairn("policy", "--url", node.url).stdout.splitlines() if line.startswith("log "))
    folder = tmp_path / "witness"
    arguments = ["witness", "--data", folder, "--name", "w.example", "--log", log_key, "--listen"]
    first = start(*arguments, f"127.0.0.1:{free_ports(1)[0]}")
    says(first, "listening")
    os.remove(folder / "lock")
    second = cairn(*arguments, f"127.0.0.1:{free_ports(1)[0]}", timeout=NEVER)
    assert second.returncode == 1 and f"in use by process {first.pid}" in second.stderr

    policy = tmp_path / "policy"
    policy.write_text(cairn("policy", "--url", node.url).stdout)
    state = tmp_path / "state"
    arguments = ["audit", "--url", node.url, "--policy", policy, "--state", state, "--interval", "1h"]
    auditor = start(*arguments)
    wait_for("the auditor has its directory", lambda: (state / "lock").exists() and (state / "lock").read_text())
    os.remove(state / "lock")
    other = cairn(*arguments, "--once", timeout=NEVER)
    assert other.returncode == 1 and f"in use by process {auditor.pid}" in other.stderr


# Copies, and disks that can't be written.


def test_b4_copy_of_blocks_is_read(cairn, ledger, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(ledger / "blocks", copy / "blocks")
    before = contents(copy)
    verified = cairn("verify", "--data", copy, "--deep")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "node.key: there is none" in verified.stdout
    assert cairn("export", "--data", copy).stdout.splitlines() == RECORDS
    assert cairn("get", "7", "--data", copy).stdout.strip() == RECORDS[7]
    assert len(cairn("log", "--oneline", "--data", copy).stdout.splitlines()) == 5
    status = json.loads(cairn("status", "--data", copy, "--json").stdout)
    assert status["key"] is None and status["head"]["tree_size"] == 20
    assert cairn("proof", "3", "--data", copy, "--json").returncode == 0
    assert cairn("consistency", "5", "--data", copy).returncode == 0
    assert contents(copy) == before


def test_b4_what_writes_says_what_is_missing(cairn, ledger, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(ledger / "blocks", copy / "blocks")
    before = contents(copy)
    for command in (["serve", "--port", free_ports(1)[0]], ["append", "1"], ["policy"], ["proof", "1"]):
        done = cairn(*command, "--data", copy, timeout=NEVER)
        assert done.returncode == 1 and "has no node.key" in done.stderr, done.stderr
        assert contents(copy) == before


def test_b4_reading_changes_nothing(cairn, ledger):
    """Not even what a start would put right: an end that a crash left, derived files that are missing."""
    with open(ledger / FIRST, "ab") as log:
        log.write(b"\xffCF1 a crash")
    shutil.rmtree(ledger / "tree")
    os.remove(ledger / "blocks/seal")
    before = contents(ledger)
    for command in (["export"], ["get", "19"], ["log"], ["status"], ["proof", "0", "--json"]):
        done = cairn(*command, "--data", ledger)
        assert done.returncode == 0, done.stderr
        assert contents(ledger) == before, command
    assert cairn("append", "--data", ledger, "20").returncode == 0


def test_b4_disk_that_cannot_be_written(cairn, ledger):
    wrapper = ["unshare", "-rm", "sh", "-c", 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"', str(ledger)]
    if subprocess.run([*wrapper, "true"], capture_output=True).returncode != 0:
        pytest.skip("nothing can be mounted here")
    assert cairn("append", "--data", ledger, "1", wrapper=wrapper).returncode == 1
    for copy in (False, True):
        if copy:
            for name in ("node.key", "lock"):
                os.remove(ledger / name)
            shutil.rmtree(ledger / "tree")
        assert cairn("export", "--data", ledger, wrapper=wrapper).stdout.splitlines() == RECORDS
        assert cairn("get", "19", "--data", ledger, wrapper=wrapper).stdout.strip() == RECORDS[19]
        for command in ("log", "status", "verify"):
            done = cairn(command, "--data", ledger, wrapper=wrapper)
            assert done.returncode == 0, done.stdout + done.stderr


def test_b4_readers_share_and_writers_wait_for_none(cairn, ledger):
    descriptor = os.open(ledger, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    try:
        assert cairn("get", "0", "--data", ledger).returncode == 0
        assert cairn("append", "--data", ledger, "1").returncode == 1
    finally:
        os.close(descriptor)


# Records that somebody changed.


def test_b3_altered_record_never_leaves(make_node):
    node = make_node()
    node.start([], "--demo")
    for number in range(6):
        node.append({"text": f"record {number}"}, str(number))
    told = json.loads(node.request("GET", "/tamper")[1])
    block, data = told["index"], told["data"]
    assert data is None and told["hash"] == node.get(f"/v1/blocks/{block}")["hash"]
    number = node.get(f"/v1/blocks/{block}")["first_record"]
    for _ in range(2):
        for path, accept in [
            (f"/v1/blocks/{block}?records=true", None), (f"/v1/blocks/{block}", "application/octet-stream"),
            (f"/v1/records/{number}", None), (f"/v1/records?from={number}&limit=1", None),
            (f"/v1/records?from={number}", "application/x-ndjson"),
        ]:
            status, body = node.request("GET", path, headers={"Accept": accept} if accept else {})
            assert status == 500, (path, body)
            problem = json.loads(body)
            assert problem["block"] == block and f"block {block}" in problem["detail"]
        for path in ("/", "/blocks", "/data", "/faces/apistar"):
            with pytest.raises(Exception):  # A stream that breaks off, or an error.
                status, body = node.request("GET", path)
                assert status == 200 and json.loads(body)
        wait_for("the node says so", lambda: node.request("GET", "/readyz")[0] == 503)
    # What doesn't show the record goes on, and so do the others.
    assert node.request("GET", f"/v1/blocks?from={block}&limit=1")[0] == 200
    assert node.request("GET", f"/v1/records/{number}/proof")[0] == 200
    assert node.request("GET", f"/v1/records/{number + 1}")[0] == 200
    failed = json.loads(node.request("GET", "/validate")[1])
    assert failed["valid"] is False and failed["failed_block"]["index"] == block
    assert failed["failed_block"]["data"] is None


@pytest.mark.parametrize("with_leaf", [False, True], ids=["record", "record-and-leaf"])
def test_b3_altered_record_in_a_directory(cairn, ledger, make_node, with_leaf):
    node = make_node(ledger)
    node.start([])
    block = alter(ledger, RECORDS[7], RECORDS[7].replace("record", "rekord"), with_leaf)
    assert block == 2
    for path in (f"/v1/blocks/{block}?records=true", "/v1/records/7", "/v1/records?from=5&limit=5", "/tile/entries/000.p/20"):
        status, body = node.request("GET", path)
        assert status == 500 and b"rekord" not in body, (path, body)
    if not with_leaf:
        assert node.request("GET", "/v1/blocks/1?records=true")[0] == 200
    node.stop()
    for command in (["get", "7"], ["export"]):
        done = cairn(*command, "--data", ledger)
        assert done.returncode == 1 and "rekord" not in done.stdout
        assert f"block {block}" in done.stderr, done.stderr
    # Where the tree is as it was, what doesn't show the record goes on.
    assert (cairn("log", "--data", ledger).returncode == 0) == (not with_leaf)


def test_b9_damaged_block_is_healed_and_then_answered(make_cluster):
    cluster = make_cluster(3)
    node = cluster.nodes[0]
    for number in range(5):
        node.append({"text": f"record {number}"}, str(number))
    wait_for("all have them", lambda: all(other.status["head"]["tree_size"] == 5 for other in cluster.nodes))
    for number, path in enumerate([
        "/v1/blocks/{block}?records=true", "/v1/records/{record}", "/v1/records?from={record}&limit=1", "/v1/records?from=0",
    ]):
        block = alter(node.data, f'"record {number}"', f'"rekord {number}"')
        accept = {"Accept": "application/x-ndjson"} if path.endswith("=0") else {}
        status, body = node.request("GET", path.format(block=block, record=number), headers=accept)
        assert status == 200, (path, body)
        assert f"record {number}".encode() in body and b"rekord" not in body
    assert node.status["head"]["tree_size"] == 5
    assert node.request("GET", "/readyz")[0] == 200


# What the program writes.


def test_c4_fifos_and_devices_are_written_to(cairn, ledger, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    read = []
    reader = threading.Thread(target=lambda: read.append(fifo.read_text()), daemon=True)
    reader.start()
    done = cairn("export", "--data", ledger, "--output", fifo, "--force", timeout=NEVER)
    assert done.returncode == 0, done.stderr
    reader.join(NEVER)
    assert read[0].splitlines() == RECORDS
    assert fifo.is_fifo()
    # Devices of the test's own: a program that replaced them would do no harm.
    null, full = tmp_path / "null", tmp_path / "full"
    try:
        os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        os.mknod(full, 0o666 | stat.S_IFCHR, os.makedev(1, 7))
    except PermissionError:
        return
    for force in ([], ["--force"]):
        assert cairn("export", "--data", ledger, "--output", null, *force).returncode == 0
        assert null.is_char_device()
    done = cairn("export", "--data", ledger, "--output", full, "--force")
    assert done.returncode == 1 and "No space" in done.stderr
    done = cairn("export", "--data", ledger, "--output", tmp_path, "--force")
    assert done.returncode == 1 and str(tmp_path) in done.stderr


def test_c4_planted_links_are_not_followed(cairn, ledger, node, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("keep")
    out = tmp_path / "out"
    os.symlink(victim, f"{out}.partial")
    assert cairn("export", "--data", ledger, "--output", out).returncode == 0
    assert out.read_text().splitlines() == RECORDS
    # The name itself may be a link too: it is replaced, and what it leads to stays.
    link = tmp_path / "link"
    os.symlink(victim, link)
    assert cairn("export", "--data", ledger, "--output", link).returncode == 1
    assert cairn("export", "--data", ledger, "--output", link, "--force").returncode == 0
    assert not link.is_symlink() and link.read_text().splitlines() == RECORDS

    os.symlink(victim, tmp_path / "genesis")
    done = cairn("init", "--data", tmp_path / "other", "--genesis-out", tmp_path / "genesis")
    assert done.returncode == 1

    node.append(1, "1")
    policy, state = tmp_path / "policy", tmp_path / "state"
    policy.write_text(cairn("policy", "--url", node.url).stdout)
    state.mkdir()
    for name in ("checkpoint.new", "records.new"):
        os.symlink(victim, state / name)
    wait_for("a checkpoint", lambda: node.request("GET", "/checkpoint")[0] == 200)
    done = cairn("audit", "--url", node.url, "--policy", policy, "--state", state, "--once", "--records")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (state / "checkpoint").is_file() and not (state / "checkpoint").is_symlink()
    assert victim.read_text() == "keep"
    # Nothing is left of what was written on the way.
    assert set(os.listdir(state)) - {"records"} == {"checkpoint", "checkpoint.new", "lock", "records.new"}
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".partial") and name != "out.partial"]


# What is no file, and what is too large.


def journal(data):
    return "journal/" + os.listdir(data / "journal")[0]


NAMES = ["node.key", "blocks/seal", "blocks/index", "blocks/epochs", FIRST, "tree/0", "tree/3", "journal", "lock", "index.sqlite"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_c11_no_file_in_its_place(cairn, ledger, name, kind):
    name = journal(ledger) if name == "journal" else name
    path = ledger / name
    path.unlink(missing_ok=True)
    KINDS[kind](str(path))
    for command in (["append", "1"], ["verify", "--deep"], ["get", "0"]):
        done = cairn(*command, "--data", ledger, timeout=NEVER)
        told = done.stdout + done.stderr
        # Neither needs all files: reading no key and no journal, and nothing but the node an index.
        concerned = {
            "append": name != "index.sqlite", "get": name.startswith(("blocks", "tree")) or name == "lock",
            "verify": not name.startswith(("journal", "lock")),
        }[command[0]]
        if not concerned:
            assert done.returncode == 0, (command, told)
            continue
        assert name in told, (command, told)
        assert done.returncode == 1 or name == "index.sqlite", (command, told)
        assert "regular file" in told or "link" in told, (command, told)


@pytest.mark.parametrize("kind", KINDS)
def test_c11_files_that_only_a_node_reads(cairn, ledger, make_node, kind):
    node = make_node(ledger)
    node.start([])
    node.stop()
    for name in ("peers", "index.sqlite"):
        (ledger / name).unlink(missing_ok=True)
        KINDS[kind](str(ledger / name))
    node.start([])
    assert node.append(1, "1") == 20
    log = pathlib.Path(node.log_path).read_text()
    assert "peers" in log and "index.sqlite is no regular file" in log
    # Nothing was removed that isn't the node's.
    assert (ledger / "index.sqlite").lstat()
    node.stop()


# Runs a command, and writes into a file how much memory it took at most, in KiB.
MEASURED = """import pathlib, resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
pathlib.Path(sys.argv[1]).write_text(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status if status >= 0 else 128 - status)
"""


@pytest.mark.parametrize("name", [*NAMES[:-2], "index.sqlite", "peers"])
@pytest.mark.parametrize("emptied", [False, True], ids=["longer", "empty"])
def test_c11_huge_file(cairn, ledger, make_node, tmp_path, name, emptied):
    node = make_node(ledger)
    node.start([])
    node.stop()
    name = journal(ledger) if name == "journal" else name
    with open(ledger / name, "ab") as file:
        if emptied:
            file.truncate(0)
        try:
            file.truncate(1 << 43)
        except OSError:
            file.truncate(1 << 40)
    peak = tmp_path / "peak"
    for command in (["verify", "--deep"], ["get", "0"], ["append", "1"]):
        done = cairn(*command, "--data", ledger, timeout=NEVER, wrapper=(sys.executable, "-c", MEASURED, peak))
        assert int(peak.read_text()) < 1 << 20  # KiB
        assert done.returncode in (0, 1), (command, done.stdout + done.stderr)
        if done.returncode == 1:
            assert name in done.stdout + done.stderr, (command, done.stdout + done.stderr)
    try:
        node.start([])
        status = pathlib.Path(f"/proc/{node.process.pid}/status").read_text()
        assert int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) < 1 << 20
        node.stop()
    except Failure:
        assert name in pathlib.Path(node.log_path).read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_c11_files_that_commands_are_given(cairn, node, tmp_path, kind):
    bad = tmp_path / "bad"
    KINDS[kind](str(bad))
    record, policy, state = tmp_path / "record", tmp_path / "policy", tmp_path / "state"
    record.write_text("1")
    policy.write_text(cairn("policy", "--url", node.url).stdout)
    state.mkdir()
    KINDS[kind](str(state / "checkpoint"))
    for command in [
        ["check-proof", record, bad, "--policy", policy], ["check-proof", record, record, "--policy", bad],
        ["check-proof", bad, record, "--policy", policy], ["check-evidence", bad, "--policy", policy],
        ["serve", "--config", bad, "--data", tmp_path / "new"], ["init", "--genesis", bad, "--data", tmp_path / "new"],
        ["audit", "--url", node.url, "--policy", bad, "--state", tmp_path / "state2", "--once"],
        ["witness", "--data", tmp_path / "new", "--name", "w", "--key", bad, "--print-key"],
    ]:
        done = cairn(*command, timeout=NEVER)
        assert done.returncode not in (0, 64) and str(bad) in done.stderr, (command, done.stdout + done.stderr)
    done = cairn("audit", "--url", node.url, "--policy", policy, "--state", state, "--once", timeout=NEVER)
    assert done.returncode != 0 and "checkpoint" in done.stdout + done.stderr


def test_c11_streams_of_the_shell_are_read(cairn, binary, node, tmp_path):
    node.append(7, "7")
    record = tmp_path / "record"
    record.write_text("7")
    proof = wait_for("a proof", lambda: (found := cairn("proof", "0", "--url", node.url)).returncode == 0 and found.stdout)
    (tmp_path / "proof").write_text(proof)
    (tmp_path / "policy").write_text(cairn("policy", "--url", node.url).stdout)
    script = f'"{binary}" check-proof record <(cat proof) --policy <(cat policy)'
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=NEVER)
    assert done.returncode == 0, done.stderr


# Rough edges.


def test_d6_index_that_is_behind_or_cannot_be_opened(cairn, ledger, make_node):
    node = make_node(ledger)
    node.start([])
    wait_for("all is indexed", lambda: node.status["indexed_block"] == node.status["head"]["index"])
    node.stop()
    clean = cairn("verify", "--deep", "--data", ledger)
    assert clean.returncode == 0 and "index.sqlite" not in clean.stdout
    assert cairn("append", "--data", ledger, "20").returncode == 0
    behind = cairn("verify", "--deep", "--data", ledger)
    assert behind.returncode == 0 and "index.sqlite: it is behind, it has 5 of 6 blocks" in behind.stdout
    index = ledger / "index.sqlite"
    whole = index.read_bytes()
    index.write_bytes(b"SQLite format 3\0" + b"\xff" * 5_000)
    damaged = cairn("verify", "--deep", "--data", ledger)
    assert damaged.returncode == 0 and "index.sqlite: " in damaged.stdout and "is wrong" not in damaged.stdout
    # As a node leaves it that was killed, in a copy without the log beside it.
    index.write_bytes(whole[:18] + b"\2\2" + whole[20:])
    before = contents(ledger)
    copied = cairn("verify", "--deep", "--data", ledger)
    assert copied.returncode == 0 and "index.sqlite: not checked" in copied.stdout
    assert contents(ledger) == before


@pytest.mark.parametrize("which", ["--port", "--peer-port"])
def test_d8_used_port_founds_nothing(cairn, tmp_path, which):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ports = {"--port": free_ports(1)[0], which: port}
        done = cairn(
            "serve", "--data", tmp_path / "new", *(text for pair in ports.items() for text in pair), timeout=NEVER)
        assert done.returncode == 1 and f"port {port}" in done.stderr and "in use" in done.stderr
        assert not (tmp_path / "new").exists()


def test_d8_used_port_founds_no_cluster_or_witness(cairn, tmp_path):
    with socket.socket() as taken:
        port = next(port for port in free_ports(20) if port <= 60_000)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        for first in (port, port - 11):
            done = cairn("cluster", "--nodes", "2", "--data", tmp_path / "new", "--port", first, timeout=NEVER)
            assert done.returncode == 1 and f"port {port}" in done.stderr
        key = "log.example+00000000+AAAA"
        done = cairn(
            "witness", "--data", tmp_path / "new", "--name", "w", "--log", key, "--listen", f"127.0.0.1:{port}", timeout=NEVER)
        assert done.returncode != 0
        assert not (tmp_path / "new").exists() and not (tmp_path / "new.partial").exists()


@pytest.mark.parametrize("path", ["", "file:x", "file:///var/lib/cairn", "http://127.0.0.1:5000"])
def test_d9_data_that_is_no_path(cairn, tmp_path, path):
    for command in (["serve"], ["status"], ["append", "1"], ["verify"], ["init"], ["keygen"], ["export"], ["repair"],
                    ["cluster"], ["witness", "--name", "w", "--print-key"]):
        done = cairn(*command, "--data", path, timeout=NEVER)
        assert done.returncode == 64, (command, done.stderr)
        assert "empty" in done.stderr if path == "" else path in done.stderr, (command, done.stderr)
    assert os.listdir(tmp_path) == []


def test_d9_sqlite_takes_no_path_for_a_uri(cairn, make_node, tmp_path):
    node = make_node("./file:x?mode=memory")
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        node.start([])
        node.append(1, "1")
        node.stop()
    finally:
        os.chdir(here)
    assert (tmp_path / "file:x?mode=memory/index.sqlite").is_file()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_d9_key_that_others_may_read(cairn, ledger, tmp_path, mode):
    os.chmod(ledger / "node.key", mode)
    for command in (["append", "1"], ["serve", "--port", free_ports(1)[0]]):
        done = cairn(*command, "--data", ledger, timeout=NEVER)
        assert done.returncode == 1 and f"chmod 600 {ledger}/node.key" in done.stderr, done.stderr
    verified = cairn("verify", "--data", ledger)
    assert verified.returncode == 0 and "chmod 600" in verified.stdout
    assert cairn("get", "0", "--data", ledger).returncode == 0
    os.chmod(ledger / "node.key", 0o600)
    assert cairn("append", "--data", ledger, "1").returncode == 0
