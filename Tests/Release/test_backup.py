"""Backups and their restoration, on real processes: what `cairn backup` writes, and what `cairn restore` makes of it."""
import http.server
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import threading

import pytest

from conftest import ROOT
from process import wait_for

DOCUMENT = ROOT / "docs/backup.md"
CHECK_LEDGER = ROOT / "scripts/check-ledger.py"
LOG = "blocks/00000000000000000000.log"


def append(cairn, place, *records):
    done = cairn("append", *records, *place)
    assert done.returncode == 0, done.stderr
    return done


def backup(cairn, *arguments):
    done = cairn("backup", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def restore(cairn, *arguments):
    done = cairn("restore", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def check_ledger(folder):
    """What the checker says that shares no code with the program."""
    done = subprocess.run(["python3", str(CHECK_LEDGER), str(folder)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    return dict(part.split("=") for part in done.stdout.split()[1:])


def verify(cairn, directory):
    done = cairn("verify", "--data", directory, "--deep", "--certificates")
    assert done.returncode == 0, done.stdout + done.stderr


def exported(cairn, *place):
    done = cairn("export", *place)
    assert done.returncode == 0, done.stderr
    return done.stdout


def frames(log):
    """Where the frames of a segment begin, and how long they are."""
    place = 64
    while place < len(log):
        size = 24 + int.from_bytes(log[place + 8:place + 12], "big") + int.from_bytes(log[place + 12:place + 16], "big")
        yield place, size
        place += size


@pytest.fixture
def ledger(cairn, tmp_path):
    """A ledger of one member with a few records, whose node is stopped."""
    data = tmp_path / "ledger"
    assert cairn("init", "--data", data, "--name", "example.com/test").returncode == 0
    for number in range(5):
        append(cairn, ("--data", data), json.dumps({"n": number}))
    return data


class Writers:
    """Clients that append to a node until they are told to stop, and know what was acknowledged."""

    def __init__(self, node, count=3):
        self.node, self.acknowledged, self.stopping = node, [], threading.Event()
        self.threads = [threading.Thread(target=self.write, args=(number,)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def write(self, number):
        place = 0
        while not self.stopping.is_set():
            record = {"writer": number, "place": place, "filler": "x" * 200}
            if self.node.append(record, f"w{number}-{place}") is not None:
                self.acknowledged.append((number, place))
            place += 1

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def records_in(folder):
    """Records in a restored directory's or backup's log, from its bytes alone."""
    found = []
    for path in sorted(pathlib.Path(folder).glob("blocks/*.log")):
        log = path.read_bytes()
        for place, _ in frames(log):
            block = log[place + 24:]
            start = 180 + int.from_bytes(block[176:180], "big")
            end = int.from_bytes(log[place + 8:place + 12], "big")
            while start < end:
                size = int.from_bytes(block[start:start + 2], "big")
                found.append(json.loads(block[start + 2:start + 2 + size]))
                start += 2 + size
    return found


# MARK: Backing up

def test_backup_under_load_is_consistent(cairn, node, tmp_path):
    """What was acknowledged before a backup began is in it, whatever is written meanwhile; and nothing else than the ledger."""
    writers, made = Writers(node), []
    try:
        wait_for("records", lambda: len(writers.acknowledged) > 20)
        for source in (("--data", node.data), ("--url", node.url), ("--data", node.data)):
            before = list(writers.acknowledged)
            done = backup(cairn, *source, "--output", tmp_path / "backup")
            made.append((before, done, shutil.copytree(tmp_path / "backup", tmp_path / f"copy{len(made)}")))
    finally:
        writers.stop()
    for before, done, copy in made:
        found = check_ledger(copy)
        assert (found["head"], found["root"]) == (done["head"]["hash"], done["head"]["tree_root"])
        assert int(found["records"]) == done["head"]["tree_size"] and done["new_blocks"] > 0
        assert set(before) <= {(record["writer"], record["place"]) for record in records_in(copy)}
    assert sorted(path.name for path in (tmp_path / "backup").iterdir()) == ["backup.json", "blocks", "tree"]
    # All of it is a beginning of what the node has.
    last = backup(cairn, "--data", node.data, "--output", tmp_path / "backup")
    head = node.status["head"]
    assert (last["head"]["hash"], last["head"]["tree_root"]) == (head["hash"], head["tree_root"])
    assert backup(cairn, "--data", node.data, "--output", tmp_path / "backup")["new_blocks"] == 0


def test_backup_has_a_record_as_soon_as_it_was_acknowledged(cairn, node, tmp_path):
    """No durable mark covers the last block yet, and no seal."""
    for number in range(5):
        assert node.append({"n": number}, f"k{number}") == number
        assert backup(cairn, "--data", node.data, "--output", tmp_path / "backup")["head"]["tree_size"] == number + 1


def test_backup_prints_head_size_and_root(cairn, ledger, tmp_path):
    done = cairn("backup", "--data", ledger, "--output", tmp_path / "backup")
    found = check_ledger(tmp_path / "backup")
    lines = dict(line.split(None, 1) for line in done.stdout.splitlines()[1:])
    assert lines["Head"] == f"block {int(found['blocks']) - 1} {found['head']}"
    assert (lines["Records"], lines["Root"]) == (found["records"], found["root"])


def test_backup_copies_only_what_is_new(cairn, ledger, tmp_path):
    first = backup(cairn, "--data", ledger, "--output", tmp_path / "backup")
    before = (tmp_path / "backup" / LOG).read_bytes()
    append(cairn, ("--data", ledger), '"more"', '"and more"')
    # What is there already isn't asked for: of the source, it may be gone.
    second = backup(cairn, "--data", ledger, "--output", tmp_path / "backup")
    assert (first["new_blocks"], second["new_blocks"]) == (5, 1)
    after = (tmp_path / "backup" / LOG).read_bytes()
    assert after[:len(before)] == before and second["head"]["tree_size"] == 7
    assert check_ledger(tmp_path / "backup")["head"] == second["head"]["hash"]


@pytest.mark.parametrize("damage", ["checksum", "record", "hole", "file", "end"])
def test_backup_of_a_damaged_source_is_refused(cairn, ledger, tmp_path, damage):
    """The bad block is named, and there is no backup, or the one from before."""
    backup(cairn, "--data", ledger, "--output", tmp_path / "older")
    append(cairn, ("--data", ledger), '"seven"')
    log = bytearray((ledger / LOG).read_bytes())
    places = list(frames(log))
    (place, size), bad = places[4], 4
    if damage == "checksum":
        log[place + size - 1] ^= 1
    elif damage == "record":
        # Nothing but the tree tells.
        where = log.index(b'{"n":3}', place)
        log[where + 5] = ord("8")
        log[place + 4:place + 8] = crc32c(log[place + 8:place + size]).to_bytes(4, "big")
    elif damage == "hole":
        log[place:place + size] = bytes(size)
    elif damage == "end":
        del log[place:]
    (ledger / LOG).write_bytes(log)
    if damage == "file":
        (ledger / LOG).unlink()
    done = cairn("backup", "--data", ledger, "--output", tmp_path / "backup")
    assert done.returncode == 1 and not done.stdout
    if damage != "file":
        assert f"block {bad} " in done.stderr and LOG in done.stderr, done.stderr
    assert cairn("restore", tmp_path / "backup", "--data", tmp_path / "none", "--accept-older").returncode == 1
    assert not (tmp_path / "none/blocks").exists()
    assert check_ledger(tmp_path / "older")["records"] == "5"


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_backup_checks_the_votes(cairn, ledger, tmp_path):
    """A forged certificate under the last block."""
    log = bytearray((ledger / LOG).read_bytes())
    place, size = list(frames(log))[-1]
    log[place + size - 1] ^= 1
    log[place + 4:place + 8] = crc32c(log[place + 8:place + size]).to_bytes(4, "big")
    (ledger / LOG).write_bytes(log)
    done = cairn("backup", "--data", ledger, "--output", tmp_path / "backup")
    assert done.returncode == 1 and "block 5" in done.stderr and "signature" in done.stderr


def test_backup_into_what_is_something_else_is_refused(cairn, ledger, tmp_path):
    backup(cairn, "--data", ledger, "--output", tmp_path / "backup")
    other = tmp_path / "other"
    assert cairn("init", "--data", other).returncode == 0
    append(cairn, ("--data", other), "1")
    done = cairn("backup", "--data", other, "--output", tmp_path / "backup")
    assert done.returncode == 1 and "another ledger" in done.stderr
    done = cairn("backup", "--data", other, "--output", ledger)
    assert done.returncode == 1 and "not empty" in done.stderr
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").write_text("mine")
    done = cairn("backup", "--data", ledger, "--output", tmp_path / "full")
    assert done.returncode == 1 and "mine.txt" in done.stderr
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]
    done = cairn("backup", "--data", ledger, "--output", tmp_path / "chain", "--chain", "00" * 32)
    assert done.returncode == 1 and not (tmp_path / "chain").exists()
    done = cairn("backup", "--data", tmp_path / "nothing", "--output", tmp_path / "backup")
    assert done.returncode == 1 and "no ledger" in done.stderr


def test_backup_of_an_older_or_another_history_is_refused(cairn, ledger, tmp_path):
    older = shutil.copytree(ledger, tmp_path / "older")
    append(cairn, ("--data", ledger), '"new"')
    backup(cairn, "--data", ledger, "--output", tmp_path / "backup")
    done = cairn("backup", "--data", older, "--output", tmp_path / "backup")
    assert done.returncode == 1 and "ends before the backup" in done.stderr
    append(cairn, ("--data", older), '"other"')
    done = cairn("backup", "--data", older, "--output", tmp_path / "backup")
    assert done.returncode == 1 and "another history" in done.stderr
    assert check_ledger(tmp_path / "backup")["records"] == "6"


def test_backup_leaves_the_unfinished_one_of_another_ledger(cairn, ledger, tmp_path):
    """It says whose it is."""
    other, folder = tmp_path / "other", tmp_path / "backup"
    assert cairn("init", "--data", other).returncode == 0
    append(cairn, ("--data", other), "1")
    chain = json.loads(cairn("status", "--data", other, "--json").stdout)["chain"]
    for name in ("blocks", "tree"):
        shutil.copytree(other / name, folder / "partial" / name)
    before = (folder / "partial" / LOG).read_bytes()
    done = cairn("backup", "--data", ledger, "--output", folder)
    assert done.returncode == 1 and "unfinished backup of another ledger" in done.stderr and chain in done.stderr, done.stderr
    assert f"{folder}/partial" in done.stderr and (folder / "partial" / LOG).read_bytes() == before
    # Its own ledger goes on with it.
    assert backup(cairn, "--data", other, "--output", folder)["chain"] == chain


def test_backup_into_a_link_is_refused(cairn, ledger, tmp_path):
    (tmp_path / "backup").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "backup/partial").symlink_to(tmp_path / "elsewhere")
    done = cairn("backup", "--data", ledger, "--output", tmp_path / "backup")
    assert done.returncode == 1 and "symbolic link" in done.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []


class Slow:
    """Stands between a command and a node, and never answers what is asked for behind a place: there the command is killed."""

    def __init__(self, node, stops):
        self.asked, self.over = threading.Event(), threading.Event()
        slow = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if stops(self.path):
                    slow.asked.set()
                    slow.over.wait(60)
                    self.close_connection = True
                    return
                status, body = node.request("GET", self.path, headers={"Accept": self.headers["Accept"]})
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def kill(self, binary, *arguments):
        """Runs a command until it asks for what isn't answered, and kills it there."""
        process = subprocess.Popen([binary, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert self.asked.wait(60) and process.poll() is None
        process.kill()
        assert process.wait() == -signal.SIGKILL
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


def grow(node, blocks):
    """So many blocks of 60 kB, one after another."""
    first = node.status["head"]["tree_size"]
    for number in range(first, first + blocks):
        assert node.append("x" * 60_000, f"grow-{number}") == number


def behind(place):
    """Whether a block behind this one is asked for."""
    return lambda path: path.startswith("/v1/blocks/") and path[11:].isdigit() and int(path[11:]) > place


def test_a_killed_backup_leaves_nothing_that_looks_whole(cairn, binary, node, tmp_path):
    """With kill -9, of the first backup and of a later one; the next goes on."""
    folder = tmp_path / "backup"
    grow(node, 160)
    slow = Slow(node, behind(150))
    slow.kill(binary, "backup", "--url", slow.url, "--output", folder)
    assert (folder / "partial" / LOG).stat().st_size > 8_000_000
    assert not (folder / "backup.json").exists() and not (folder / "blocks").exists()
    done = cairn("restore", folder, "--data", tmp_path / "none", "--accept-older")
    assert done.returncode == 1 and "has not come to its end" in done.stderr
    assert not (tmp_path / "none").exists()
    whole = backup(cairn, "--url", node.url, "--output", folder)
    assert 0 < whole["new_blocks"] < 100, "it went on where it was"
    assert whole["head"] == node.status["head"]
    assert not (folder / "partial").exists()

    grow(node, 160)
    slow = Slow(node, behind(310))
    slow.kill(binary, "backup", "--url", slow.url, "--output", folder)
    assert (folder / LOG).stat().st_size > 17_000_000
    # The older one is there as before.
    old = restore(cairn, folder, "--data", tmp_path / "old", "--accept-older")
    assert old["head"] == whole["head"]
    verify(cairn, tmp_path / "old")
    last = backup(cairn, "--data", node.data, "--output", folder)
    assert 0 < last["new_blocks"] < 100 and last["head"] == node.status["head"]
    assert restore(cairn, folder, "--data", tmp_path / "new", "--accept-older")["head"] == last["head"]
    verify(cairn, tmp_path / "new")


def test_a_killed_restoration_leaves_no_ledger(cairn, binary, make_node, ledger, tmp_path):
    """Of a copy that was made by hand: nodes are asked when all of it was read, before it becomes a ledger."""
    (tmp_path / "copy").mkdir()
    shutil.copytree(ledger / "blocks", tmp_path / "copy/blocks")
    node = make_node(ledger)
    node.start([])
    target = tmp_path / "restored"
    slow = Slow(node, lambda path: path == "/v1/node")
    slow.kill(binary, "restore", tmp_path / "copy", "--data", target, "--from", slow.url)
    assert (target / "partial" / LOG).exists()
    assert not (target / "blocks").exists() and not (target / "node.key").exists()
    assert cairn("verify", "--data", target).returncode == 1
    made = restore(cairn, tmp_path / "copy", "--data", target, "--from", node.url)
    assert made["head"]["tree_size"] == 5
    verify(cairn, target)
    assert not (target / "partial").exists()


# MARK: Restoring

def test_a_restored_directory_verifies_and_serves(cairn, make_node, node, tmp_path):
    for number in range(10):
        node.append({"n": number}, f"k{number}")
    backup(cairn, "--data", node.data, "--output", tmp_path / "backup")
    made = restore(cairn, tmp_path / "backup", "--data", tmp_path / "restored", "--from", node.url)
    assert made["key"] != node.key and made["member"] is False
    assert made["head"] == node.status["head"]
    verify(cairn, tmp_path / "restored")
    assert os.stat(tmp_path / "restored/node.key").st_mode & 0o777 == 0o600
    everything = exported(cairn, "--url", node.url)
    assert exported(cairn, "--data", tmp_path / "restored") == everything

    copy = make_node(tmp_path / "restored")
    copy.start([])
    status = copy.status
    assert (status["role"], status["vote"], status["chain"]) == ("follower", "none", node.status["chain"])
    assert exported(cairn, "--url", copy.url) == everything
    assert copy.get("/v1/records/3/proof") == node.get("/v1/records/3/proof")
    leaf_hash = node.get("/v1/records/3")["leaf_hash"]
    wait_for("it is found by its hash", lambda: copy.get(f"/v1/records?leaf_hash={leaf_hash}")["numbers"] == [3])
    # It goes on following.
    copy.stop()
    copy.start([node])
    node.append("later", "later")
    wait_for("the copy follows", lambda: copy.status["head"]["tree_size"] == 11)


def test_restoration_is_refused_when_a_node_has_more(cairn, node, tmp_path):
    node.append("one", "1")
    backup(cairn, "--data", node.data, "--output", tmp_path / "backup")
    node.append("two", "2")
    arguments = (tmp_path / "backup", "--data", tmp_path / "restored", "--from", node.url)
    done = cairn("restore", *arguments)
    assert done.returncode == 1
    assert "2 records" in done.stderr and "1 record in" in done.stderr and node.url in done.stderr
    assert f"cairn backup --url {node.url}" in done.stderr and "--accept-older" in done.stderr
    assert not (tmp_path / "restored").exists()

    done = cairn("restore", *arguments, "--accept-older")
    assert done.returncode == 0 and "older state" in done.stderr
    assert exported(cairn, "--data", tmp_path / "restored") == '"one"\n'
    # The way that is named helps.
    backup(cairn, "--url", node.url, "--output", tmp_path / "backup")
    restore(cairn, tmp_path / "backup", "--data", tmp_path / "second", "--from", node.url)


def test_restoration_asks_the_policy(cairn, binary, make_node, tmp_path):
    """A witness that cosigned more than the backup has; and nodes that the policy doesn't know."""
    from cluster import free_ports
    key = cairn("witness", "--name", "w.example/1", "--data", tmp_path / "witness", "--print-key").stdout.strip()
    node = make_node()
    port, = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    node.start([], "--witness", f"{url}={key}")
    node.append("one", "1")
    policy = cairn("policy", "--url", node.url).stdout
    vkey = next(line.split()[1] for line in policy.splitlines() if line.startswith("log "))
    with open(tmp_path / "policy.txt", "w") as file:
        file.write(policy.replace("quorum members", f"witness w {key} {url}\nquorum members"))
    witness = subprocess.Popen(
        [binary, "witness", "--name", "w.example/1", "--data", str(tmp_path / "witness"), "--log", vkey, "--listen",
         f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        backup(cairn, "--data", node.data, "--output", tmp_path / "backup")
        arguments = (tmp_path / "backup", "--data", tmp_path / "restored", "--policy", tmp_path / "policy.txt")
        node.append("two", "2")

        def cosigned():
            from hashlib import sha256
            from http.client import HTTPConnection
            origin = sha256(node.status["name"].encode()).hexdigest()
            connection = HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", f"/{origin}/checkpoint")
            answer = connection.getresponse()
            return answer.status == 200 and answer.read().split(b"\n")[1] == b"2"
        wait_for("the witness cosigned both records", cosigned)
        node.stop()
        done = cairn("restore", *arguments)
        assert done.returncode == 1 and "the witness w" in done.stderr and "2 records" in done.stderr, done.stderr
        assert not (tmp_path / "restored").exists()
        done = cairn("restore", *arguments, "--accept-older")
        assert done.returncode == 0 and "the witness w" in done.stderr
    finally:
        witness.kill()
        witness.wait()
    # Nobody is there any more.
    done = cairn("restore", tmp_path / "backup", "--data", tmp_path / "third", "--policy", tmp_path / "policy.txt")
    assert done.returncode == 1 and "nobody could be asked" in done.stderr and url in done.stderr
    # Of another ledger.
    other = make_node()
    other.start([])
    (tmp_path / "other.txt").write_text(cairn("policy", "--url", other.url).stdout)
    done = cairn("restore", tmp_path / "backup", "--data", tmp_path / "third", "--policy", tmp_path / "other.txt")
    assert done.returncode == 1 and "not of this ledger" in done.stderr
    done = cairn("restore", tmp_path / "backup", "--data", tmp_path / "third", "--from", other.url)
    assert done.returncode == 1 and "another ledger" in done.stderr


def test_restoration_needs_somebody_to_ask(cairn, ledger, tmp_path):
    backup(cairn, "--data", ledger, "--output", tmp_path / "backup")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        for more in ((), ("--from", f"http://127.0.0.1:{nobody.getsockname()[1]}")):
            done = cairn("restore", tmp_path / "backup", "--data", tmp_path / "restored", *more)
            assert done.returncode == 1 and "nobody could be asked" in done.stderr and "--accept-older" in done.stderr
            assert not (tmp_path / "restored").exists()
    done = cairn("restore", tmp_path / "backup", "--data", tmp_path / "restored", "--accept-older")
    assert done.returncode == 0 and "nobody was asked" in done.stderr


def test_restoration_of_another_history_is_refused(cairn, make_node, ledger, tmp_path):
    """No flag helps."""
    other = shutil.copytree(ledger, tmp_path / "other")
    append(cairn, ("--data", ledger), '"here"')
    append(cairn, ("--data", other), '"there"')
    backup(cairn, "--data", ledger, "--output", tmp_path / "backup")
    node = make_node(other)
    node.start([])
    done = cairn("restore", tmp_path / "backup", "--data", tmp_path / "restored", "--from", node.url, "--accept-older")
    assert done.returncode == 1 and "another history" in done.stderr
    assert not (tmp_path / "restored").exists()


def test_restoration_checks_the_backup(cairn, ledger, tmp_path):
    backup(cairn, "--data", ledger, "--output", tmp_path / "backup")
    log = tmp_path / "backup" / LOG
    good = log.read_bytes()
    place, size = list(frames(good))[3]
    log.write_bytes(good[:place + size - 1] + bytes([good[place + size - 1] ^ 1]) + good[place + size:])
    for more in ((), ("--successor",)):
        done = cairn("restore", tmp_path / "backup", "--data", tmp_path / "restored", "--accept-older", *more)
        assert done.returncode == 1 and "block 3" in done.stderr, done.stderr
        assert not (tmp_path / "restored/blocks").exists() and not (tmp_path / "restored/partial").exists()
    log.write_bytes(good[:place])
    done = cairn("restore", tmp_path / "backup", "--data", tmp_path / "restored", "--accept-older")
    assert done.returncode == 1
    note = tmp_path / "backup/backup.json"
    note.write_text("{}")
    done = cairn("restore", tmp_path / "backup", "--data", tmp_path / "restored", "--accept-older")
    assert done.returncode == 1 and "backup.json" in done.stderr


def test_restoration_into_what_is_something_else_is_refused(cairn, ledger, tmp_path):
    backup(cairn, "--data", ledger, "--output", tmp_path / "backup")
    done = cairn("restore", tmp_path / "backup", "--data", ledger, "--accept-older")
    assert done.returncode == 1 and "a ledger in" in done.stderr
    (tmp_path / "full").mkdir()
    (tmp_path / "full/node.key").write_text("mine")
    done = cairn("restore", tmp_path / "backup", "--data", tmp_path / "full", "--accept-older")
    assert done.returncode == 1 and "not empty" in done.stderr and (tmp_path / "full/node.key").read_text() == "mine"
    done = cairn("restore", tmp_path / "nothing", "--data", tmp_path / "restored", "--accept-older")
    assert done.returncode == 1 and "nothing" in done.stderr
    (tmp_path / "empty").mkdir()
    restore(cairn, tmp_path / "backup", "--data", tmp_path / "empty", "--accept-older")
    verify(cairn, tmp_path / "empty")


def test_restoration_never_deletes_a_key(cairn, ledger, tmp_path):
    """Beside what an interrupted one left."""
    backup(cairn, "--data", ledger, "--output", tmp_path / "backup")
    target, key = tmp_path / "restored", (ledger / "node.key").read_bytes()
    for place in (target / "node.key", target / "partial/node.key"):
        (target / "partial").mkdir(parents=True, exist_ok=True)
        place.write_bytes(key)
        place.chmod(0o600)
        done = cairn("restore", tmp_path / "backup", "--data", target, "--accept-older")
        assert done.returncode == 1 and str(place) in done.stderr and "private key" in done.stderr, done.stderr
        assert place.read_bytes() == key and not (target / "blocks").exists()
        place.rename(tmp_path / "kept.key")
    restore(cairn, tmp_path / "backup", "--data", target, "--accept-older")
    verify(cairn, target)


def test_b4_a_copy_of_the_blocks_is_restored(cairn, ledger, tmp_path):
    """As operations.md said in version 0.1.0: `blocks/` of a stopped node, without its key."""
    (tmp_path / "copy").mkdir()
    shutil.copytree(ledger / "blocks", tmp_path / "copy/blocks")
    for name in ("index", "epochs"):
        (tmp_path / "copy/blocks" / name).unlink()
    restore(cairn, tmp_path / "copy", "--data", tmp_path / "restored", "--accept-older")
    verify(cairn, tmp_path / "restored")
    assert exported(cairn, "--data", tmp_path / "restored") == exported(cairn, "--data", ledger)
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == ["blocks"]


def test_a_member_of_several_is_replaced(cairn, make_cluster, make_node, tmp_path):
    cluster = make_cluster(3)
    first, second, lost = cluster.nodes
    first.append("one", "1")
    old = lost.key
    lost.kill()
    shutil.rmtree(lost.data)
    backup(cairn, "--url", first.url, "--output", tmp_path / "backup")
    made = restore(cairn, tmp_path / "backup", "--data", tmp_path / "new", "--from", first.url, "--from", second.url)
    new = make_node(tmp_path / "new")
    new.start([first, second])
    first.append("two", "2")
    done = cairn(
        "members", "replace", old, made["key"], "--url", first.url, "--data", first.data, "--data", second.data, "--data",
        new.data, "--joining-url", new.url)
    assert done.returncode == 0, done.stderr
    wait_for("it votes", lambda: (new.status["role"], new.status["vote"]) == ("member", "votes"))
    # Its vote counts: with one of the others it is a quorum.
    second.kill()
    wait_for("a record", lambda: new.append("three", "3", timeout=30) == 2)
    assert new.records()[2]["data"] == "three"


def test_a_single_member_goes_on_with_its_key(cairn, make_node, ledger, tmp_path):
    shutil.copy(ledger / "node.key", tmp_path / "offline.key")
    backup(cairn, "--data", ledger, "--output", tmp_path / "backup")
    before = check_ledger(ledger)
    shutil.rmtree(ledger)
    made = restore(
        cairn, tmp_path / "backup", "--data", tmp_path / "again", "--key", tmp_path / "offline.key", "--accept-older")
    assert made["member"] is True and made["head"]["index"] == int(before["blocks"])
    assert made["head"]["tree_root"] == before["root"]
    verify(cairn, tmp_path / "again")
    assert check_ledger(tmp_path / "again")["head"] == made["head"]["hash"]
    append(cairn, ("--data", tmp_path / "again"), '"goes on"')
    assert int(check_ledger(tmp_path / "again")["records"]) == 6
    node = make_node(tmp_path / "again")
    node.start([])
    status = node.status
    assert (status["role"], status["vote"], status["epoch"]) == ("member", "votes", 1)
    assert status["key"] == made["key"] and [member["key"] for member in status["members"]] == [made["key"]]
    assert node.append("and on", "x") == 6
    # The old key decides nothing any more, not even on the way back.
    node.stop()
    backup(cairn, "--data", tmp_path / "again", "--output", tmp_path / "backup")
    done = cairn(
        "restore", tmp_path / "backup", "--data", tmp_path / "never", "--key", tmp_path / "offline.key", "--accept-older")
    assert done.returncode == 1 and "only member" in done.stderr and not (tmp_path / "never/blocks").exists()


def test_recovery_keys_go_on_for_a_single_member(cairn, make_node, ledger, tmp_path):
    kept = [tmp_path / f"kept{number}" for number in range(3)]
    keys = [cairn("keygen", "--data", folder).stdout.strip() for folder in kept]
    named = [argument for key in keys for argument in ("--recovery-key", key)]
    node = make_node(ledger)
    node.start([])
    done = cairn(
        "members", "settings", *named, "--recovery-needed", "2", "--data", ledger, "--url", node.url)
    assert done.returncode == 0 and "Recovery by 2 of:" in done.stdout, done.stderr
    node.append("before", "x")
    node.stop()
    before = check_ledger(ledger)
    backup(cairn, "--data", ledger, "--output", tmp_path / "backup")
    shutil.rmtree(ledger)

    def recover(folder, *files):
        files = [argument for file in files for argument in ("--recovery-key", file / "node.key")]
        return cairn("restore", tmp_path / "backup", "--data", folder, *files, "--accept-older", "--json")

    cairn("keygen", "--data", tmp_path / "stranger")
    for files, why in (([kept[0]], "2 recovery keys are needed"), ([kept[0], tmp_path / "stranger"], "none of the")):
        done = recover(tmp_path / "never", *files)
        assert done.returncode == 1 and why in done.stderr and not (tmp_path / "never/blocks").exists()
    done = recover(tmp_path / "again", kept[2], kept[0])
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert made["member"] is True and made["head"]["tree_root"] == before["root"]
    verify(cairn, tmp_path / "again")
    assert check_ledger(tmp_path / "again")["head"] == made["head"]["hash"]
    again = make_node(tmp_path / "again")
    again.start([])
    assert (again.status["role"], again.status["vote"], again.status["epoch"]) == ("member", "votes", 2)
    again.append("goes on", "y")
    again.stop()
    assert int(check_ledger(tmp_path / "again")["records"]) == int(before["records"]) + 1


def test_a_key_of_several_members_does_not_go_on_alone(cairn, make_cluster, tmp_path):
    cluster = make_cluster(3)
    cluster.nodes[0].append("one", "1")
    backup(cairn, "--url", cluster.nodes[0].url, "--output", tmp_path / "backup")
    key = f"{cluster.nodes[0].data}/node.key"
    done = cairn("restore", tmp_path / "backup", "--data", tmp_path / "never", "--key", key, "--accept-older")
    assert done.returncode == 1 and "3 members" in done.stderr and not (tmp_path / "never/blocks").exists()


def test_a_successor_names_what_it_follows(cairn, make_node, ledger, tmp_path):
    backup(cairn, "--data", ledger, "--output", tmp_path / "backup")
    old = check_ledger(ledger)
    chain = json.loads((tmp_path / "backup/backup.json").read_text())["chain"]
    done = cairn("restore", tmp_path / "backup", "--data", tmp_path / "next", "--successor")
    assert done.returncode == 1 and not (tmp_path / "next").exists()
    made = restore(cairn, tmp_path / "backup", "--data", tmp_path / "next", "--successor", "--accept-older")
    expected = {"chain": chain, "tree_size": 5, "tree_root": old["root"]}
    assert made["predecessor"] == expected and made["name"] == "example.com/test/2" and made["chain"] != chain
    status = cairn("status", "--data", tmp_path / "next")
    assert chain in status.stdout and old["root"] in status.stdout
    assert json.loads(cairn("status", "--data", tmp_path / "next", "--json").stdout)["predecessor"] == expected
    append(cairn, ("--data", tmp_path / "next"), '"first"')
    verify(cairn, tmp_path / "next")
    assert check_ledger(tmp_path / "next")["records"] == "1"
    node = make_node(tmp_path / "next")
    node.start([])
    assert node.status["predecessor"] == expected
    assert json.loads(cairn("status", "--url", node.url, "--json").stdout)["predecessor"] == expected
    # Others follow it like any ledger.
    follower = make_node()
    follower.start([node], "--chain", made["chain"])
    assert follower.status["predecessor"] == expected


# MARK: The document

def blocks_of(text):
    """The shell blocks of the document by section, and what the test is to do between them."""
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        found = re.findall(r"^```sh\n(.*?)^```|^<!-- test: (.*?) -->", section, re.M | re.S)
        if found:
            yield section.splitlines()[0], [("run", block) if block else ("do", order) for block, order in found]


def commands(block):
    return [line for line in block.replace("\\\n", " ").splitlines() if line.strip()]


class Shell:
    """Runs the document's commands in one folder. Nodes run in the background until their section ends."""

    def __init__(self, folder, binary):
        self.folder, self.nodes = folder, []
        self.port = free_range()
        self.environment = {**os.environ, "PATH": f"{os.path.dirname(binary)}:{os.environ['PATH']}"}
        self.variables = {}

    def ports(self, command):
        return re.sub(r"(?<=[: ])50(\d\d)\b", lambda found: str(self.port + int(found.group(1))), command)

    def run(self, command):
        command = self.ports(command)
        if re.match(r"cairn (serve|cluster)\b", command):
            self.nodes.append(subprocess.Popen(
                ["bash", "-c", f"exec {command}"], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            first = int(re.search(r"--port (\d+)", command).group(1))
            nodes = re.search(r"--nodes (\d+)", command)
            for port in range(first, first + 10 * int(nodes.group(1) if nodes else 1), 10):
                wait_for(f"'{command}' listens", lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True)
            return
        script = f"set -e\n{command}\ndeclare -p OLD NEW KEY1 KEY2 KEY3 2>/dev/null >&3 || true\n"
        reading, writing = os.pipe()
        done = subprocess.run(
            ["bash", "-c", f"exec 3>&{writing}\n{script}"], cwd=self.folder, env={**self.environment, **self.variables},
            capture_output=True, text=True, timeout=60, pass_fds=[writing])
        os.close(writing)
        with os.fdopen(reading) as pipe:
            for name, value in re.findall(r'declare -\S+ (\w+)="(.*?)"', pipe.read()):
                self.variables[name] = value
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"

    def do(self, order):
        """`kill DIR`: the node of that directory, which a cluster runs."""
        directory = re.fullmatch(r"kill (\S+)", order).group(1)
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                arguments = path.read_bytes().split(b"\0")
                if b"serve" in arguments and directory.encode() in arguments and (
                        os.readlink(path.parent / "cwd") == str(self.folder)):
                    os.kill(int(path.parent.name), signal.SIGKILL)
                    return
            except OSError:
                continue
        raise AssertionError(f"no node of {directory} runs")

    def end(self):
        for node in self.nodes:
            node.send_signal(signal.SIGTERM)
        for node in self.nodes:
            try:
                node.wait(timeout=60)
            finally:
                node.kill()
        self.nodes = []


def free_range(count=60):
    """The first of so many neighbouring ports that nobody has."""
    while True:
        first = random.randrange(10_000, 32_000)
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue


def test_the_document_does_what_it_says(binary, tmp_path):
    """docs/backup.md, from its first command to its last."""
    shell = Shell(tmp_path, binary)
    count = 0
    sections = list(blocks_of(DOCUMENT.read_text()))
    try:
        for title, steps in sections:
            # The node of the first section is the one that the second asks.
            if title not in ("Backing up", "Restoring"):
                shell.end()
            for kind, text in steps:
                if kind == "do":
                    shell.do(text)
                    continue
                for command in commands(text):
                    shell.run(command)
                    count += 1
    finally:
        shell.end()
    assert len(sections) == 6 and count >= 38
    assert [json.loads(line)["owner"] for line in (tmp_path / "records.ndjson").read_text().splitlines()] == ["Ada", "Bob"]
    assert check_ledger(tmp_path / "again")["records"] == "3"
    assert check_ledger(tmp_path / "recovered")["records"] == "4"
    # The successor's tree over the same records is the one that it names.
    found, old = check_ledger(tmp_path / "next"), check_ledger(tmp_path / "old")
    assert (found["records"], found["root"]) == (old["records"], old["root"])
