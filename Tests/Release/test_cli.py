"""The command line of the program that ships: what it does with numbers, texts and signals from outside."""
import contextlib
import hashlib
import http.server
import json
import os
import pathlib
import pty
import re
import shlex
import signal
import subprocess
import threading
import time
import unicodedata

import pytest
from cluster import free_ports
from process import wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
HASH = "ab" * 32
CHAIN = "0" * 64
# Moves the cursor in two ways, changes the direction, has no width, rings, forges a line.
EVIL = "\x1b[31m\x9b2J\u202eevil\u2066\u200b\x07\r\nforged\x7f\u2028"


# Numbers

@pytest.mark.parametrize("port", ["0", "65536", "99999", "9223372036854775807", "18446744073709551616", "-1", "1e3", ""])
def test_c7_an_address_with_a_port_that_is_none_is_a_usage_error(cairn, port):
    for url in [f"http://127.0.0.1:{port}", f"https://[::1]:{port}/"]:
        for command in [["status", "--url", url], ["peers", "--url", url], ["members", "--url", url], ["log", "--url", url],
                        ["audit", "--url", url, "--chain", CHAIN, "--once"], ["repair", "--data", ".", "--from", url],
                        ["append", "1", "--url", url], ["serve", "--witness", f"{url}=x"]]:
            done = cairn(*command, timeout=10)
            assert done.returncode == 64, (command, done)
            assert done.stderr.startswith("cairn: ") and done.stderr.count("\n") == 1 and "address of a" in done.stderr
    done = cairn("status", env={"CAIRN_URL": f"http://127.0.0.1:{port}"})
    assert done.returncode == 64


# Texts

class Liar(http.server.BaseHTTPRequestHandler):
    """A node whose every text does something to a terminal."""
    protocol_version = "HTTP/1.1"
    answers, log_message = {}, lambda *_: None

    def do_GET(self):
        path, _, query = self.path.partition("?")
        answer = self.answers.get(path, 404)
        answer = answer(query) if callable(answer) else answer
        if answer is None:
            return threading.Event().wait(30)
        code, body = (answer, problem(answer)) if isinstance(answer, int) else (200, answer)
        body = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response_only(code, "OK" if code == 200 else EVIL.replace("\r\n", " ").encode().decode("latin-1"))
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET


def problem(code):
    return {"type": "urn:cairn:problem:x", "title": EVIL, "status": code, "detail": EVIL}


@contextlib.contextmanager
def liar(answers):
    handler = type("Handler", (Liar,), {"answers": answers})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def node_answer(index=1, **more):
    head = {"index": index, "hash": HASH, "timestamp": EVIL, "tree_size": 1, "tree_root": HASH}
    return {"name": EVIL, "message": EVIL, "chain": CHAIN, "key": HASH, "version": EVIL, "started_at": EVIL, "head": head,
            "role": EVIL, "vote": "lost", "lost_vote": EVIL, "epoch": 0, "view": 1, "members": [], "links": 0, "evidence": [],
            "ready": False, "reason": EVIL, **more}


def block(index, previous=HASH):
    return {"index": index, "hash": HASH, "timestamp": EVIL, "previous_hash": previous, "tree_size": 1, "tree_root": HASH,
            "record_count": 1}


def record():
    data = EVIL.replace("\u2028", "")
    canonical = json.dumps(data, ensure_ascii=False).encode()
    leaf = hashlib.sha256(b"\0" + canonical).hexdigest()
    return {"number": 0, "data": data, "leaf_hash": leaf, "block": {"index": 1, "hash": HASH, "timestamp": EVIL}}


ANSWERS = {
    "/v1/node": node_answer(),
    "/v1/peers": {"listen": EVIL, "peers": [
        {"key": EVIL, "address": EVIL, "linked": linked, "member": True, "direction": EVIL, "since": EVIL, "problem": EVIL,
         "round_trip_seconds": 1e300} for linked in (True, False)]},
    "/v1/members": {"chain": CHAIN, "epoch": 0, "fault_model": EVIL, "members": [{"key": EVIL, "power": 1}]},
    "/v1/blocks": {"blocks": [block(0), block(1)]},
    "/v1/records/0": record(),
    "/v1/records": record(),
    "/v1/note-keys": {"origin": EVIL, "chain": CHAIN, "epoch": 0, "fault_model": EVIL, "members": []},
    "/checkpoint": EVIL.encode(),
    "/v1/records/0/tlog-proof": EVIL.encode(),
    "/v1/consistency": {"from": 1, "to": 1, "from_root": EVIL, "to_root": HASH, "path": []},
}
COMMANDS = [
    ["status"], ["peers"], ["peers", "list"], ["peers", "add", "a:1"], ["members"], ["log"], ["log", "--oneline"],
    ["log", "--reverse"], ["policy"], ["proof", "0"], ["proof", "0", "--json"], ["consistency", "1"], ["append", "1"],
    ["append", "1", "2"], ["get", "1"], ["get", "0"], ["export"], ["audit", "--chain", CHAIN, "--once"],
    ["members", "remove", HASH], ["members", "add", HASH]]


def is_harmless(text):
    return all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Zl", "Zp") for c in text)


@pytest.mark.parametrize("answers", [ANSWERS, {}, dict.fromkeys(ANSWERS, EVIL.encode())], ids=["lies", "errors", "no JSON"])
def test_c10_no_text_of_a_node_does_anything_to_a_terminal(cairn, answers):
    with liar(answers) as url:
        for command in COMMANDS:
            done = cairn(*command, "--url", url, timeout=30)
            assert done.returncode in (0, 1, 4, 5), (command, done)
            assert done.stderr.count("\n") <= 1 and "\nforged" not in done.stdout, (command, done)
            # A record is printed as it is where programs read it.
            if command not in (["get", "0"], ["export"]):
                assert is_harmless(done.stdout + done.stderr), (command, done)


@pytest.mark.parametrize("command", [["get", "0"], ["get", "0", "--json"], ["status", "--json"], ["peers", "--json"], ["log", "--json"],
                                     ["export"], ["log", "--no-pager"]], ids=" ".join)
def test_c10_on_a_terminal_json_is_escaped_and_means_the_same(binary, cairn, command):
    with liar(ANSWERS) as url:
        piped = cairn(*command, "--url", url).stdout
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [binary, *command, "--url", url], stdout=slave, stderr=subprocess.PIPE, env={**os.environ, "PAGER": "cat"})
        os.close(slave)
        shown = b""
        with contextlib.suppress(OSError):  # the terminal's end
            while piece := os.read(master, 65_536):
                shown += piece
        os.close(master)
        assert process.wait(20) == 0, process.stderr.read()
        process.stderr.close()
    shown = shown.decode().replace("\r\n", "\n")
    assert is_harmless(shown)
    if "--no-pager" not in command:
        # Line feeds alone: Python splits at what the texts hold as well.
        shown, piped = ([json.loads(line) for line in text.split("\n") if line] for text in (shown, piped))
        assert shown == piped


def test_c10_a_chain_of_any_length_is_listed_page_by_page(binary):
    """The first page is printed while the second is waited for."""
    length = 2**53 - 1
    last = length

    def blocks(query):
        first = int(re.search(r"from=(\d+)", query)[1])
        if first + 99 < last:
            return None
        return {"blocks": [block(index) for index in range(first, first + 100)]}

    for options in [[], ["--oneline"], ["--json"]]:
        with liar({"/v1/node": node_answer(index=length), "/v1/blocks": blocks}) as url:
            process = subprocess.Popen([binary, "log", "--url", url, *options], stdout=subprocess.PIPE)
            deadline = threading.Timer(20, process.kill)
            deadline.start()
            lines = []
            while sum(str(index) in line for line in lines for index in [length - 99]) == 0:
                line = process.stdout.readline().decode()
                assert line, "it ended, or printed nothing"
                lines.append(line)
            deadline.cancel()
            process.kill()
            process.wait()
            process.stdout.close()


# Signals

def first_process(binary, *arguments, cwd):
    """Runs the program as the first process of a container."""
    return subprocess.Popen(
        ["unshare", "--user", "--map-root-user", "--pid", "--mount-proc", "--fork", "--kill-child", binary, *arguments], cwd=cwd,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)


def inner(process):
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(children[0]) if children else None


def waits(pid, number):
    """Whether a process looks after a signal, and all its threads sleep: it has come to where it waits."""
    states = [path.read_text().rpartition(")")[2].split()[0] for path in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")]
    masks = re.findall(r"Sig(?:Blk|Ign|Cgt):\t([0-9a-f]+)", pathlib.Path(f"/proc/{pid}/status").read_text())
    return set(states) == {"S"} and any(int(mask, 16) >> number - 1 & 1 for mask in masks)


@pytest.mark.parametrize("number, command", [(signal.SIGINT, "audit --url {liar} --chain " + CHAIN + " --state a")] + [
    (signal.SIGTERM, command) for command in [
    "audit --url {liar} --chain " + CHAIN + " --state a", "audit --url {node} --policy policy.txt --interval 1h --state b",
    "serve --data new --port 0 --join 127.0.0.1:{port} --chain " + CHAIN, "serve --data own --port 0",
    "serve --data own --port 0 --peer-port 0 --join 127.0.0.1:{port}", "status --url {liar}", "export --url {liar}",
    "append --data own2", "import pipe --data own2", "log --url {liar}", "repair --data own2 --from {liar}",
    "cluster --data c --port 0 --nodes 2", "canonicalize", "members --url {liar}", "get 0 --url {liar}",
    "witness --name w.example/1 --listen 127.0.0.1:0 --log {log}"]])
def test_d5_a_signal_ends_the_first_process_of_a_container(binary, cairn, make_node, tmp_path, number, command):
    assert cairn("init", "--data", "own").returncode == 0 and cairn("init", "--data", "own2").returncode == 0
    (tmp_path / "policy.txt").write_text(cairn("policy", "--data", "own").stdout)
    log = re.search(r"^log (\S+)", (tmp_path / "policy.txt").read_text(), re.M)[1]
    os.mkfifo(tmp_path / "pipe")
    node = make_node(tmp_path / "own")
    if "{node}" in command:
        node.start([])
    silent = dict.fromkeys(["/v1/node", "/v1/note-keys", "/v1/members", "/v1/records/0", "/v1/blocks/0"], lambda _: None)
    with liar(silent) as url:
        words = shlex.split(command.format(liar=url, node=node.url, port=free_ports(1)[0], log=shlex.quote(log)))
        process = first_process(binary, *words, cwd=tmp_path)
        try:
            pid = wait_for("the process is there", lambda: inner(process))
            wait_for("it is this program", lambda: os.readlink(f"/proc/{pid}/exe") == binary)
            wait_for("it waits, or has ended", lambda: waits(pid, number) or process.poll() is not None)
            assert process.poll() is None, process.stdout.read()
            os.kill(pid, number)
            # Of a service, 0, or 1 when it had not begun; of all else what a shell says of a process that a signal ended.
            code = process.wait(30)
            assert code in (0, 1, 128 + number), process.stdout.read()
        finally:
            process.kill()
            process.communicate()


# Words

@pytest.mark.parametrize("columns", ["-9223372036854775808", "-1", "0", "1", "9223372036854775807", "wide", ""])
def test_help_is_written_whatever_width_the_environment_names(binary, columns):
    for words in [], ["serve", "--help"], ["serve", "--nonsense"]:
        ended = subprocess.run([binary, *words], env={"COLUMNS": columns}, capture_output=True, text=True, timeout=30)
        assert ended.returncode == (64 if "--nonsense" in words else 0), ended
        assert "USAGE: cairn" in ended.stdout or "nonsense" in ended.stderr


def test_d13_a_command_that_said_what_is_wrong_says_no_more(cairn, tmp_path):
    assert cairn("init", "--data", "d").returncode == 0
    assert cairn("append", '"some text"', "--data", "d").returncode == 0
    path = next((tmp_path / "d" / "blocks").glob("*.log"))
    path.write_bytes(path.read_bytes().replace(b"some text", b"some tent"))
    for command in [["verify"], ["repair"]]:
        done = cairn(*command, "--data", "d")
        assert done.returncode == 1 and "NOT VALID: block 1" in done.stdout and done.stderr == "", done


def test_d13_a_node_that_was_killed_is_told_in_plain_words(binary, tmp_path):
    process = subprocess.Popen(
        [binary, "cluster", "--nodes", "2", "--data", "c", "--port", "0", "--json"], cwd=tmp_path, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    try:
        nodes = json.loads(process.stdout.readline())["nodes"]
        os.kill(nodes[1]["pid"], signal.SIGKILL)
        assert process.stderr.readline().startswith("cairn: node 2 was ended by signal 9 (SIGKILL)")
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()
        process.stderr.close()


def test_d11_a_cluster_for_demonstrations_heals(binary, tmp_path):
    process = subprocess.Popen(
        [binary, "cluster", "--demo", "--nodes", "3", "--fault-model", "majority", "--data", "c", "--port", "0", "--json"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def curl(path, *options):
        return json.loads(subprocess.run(
            ["curl", "-s", url + path, *options], capture_output=True, timeout=30, check=True).stdout)
    try:
        url = json.loads(process.stdout.readline())["nodes"][0]["url"]
        for number in range(3):
            assert curl("/v1/records", "-H", "Content-Type: application/json", "-d", f'"record {number}"')["number"] == number
        assert curl("/v1/validate")["valid"]
        damaged = curl("/v1/tamper", "-X", "POST")["block_index"]
        report = curl("/v1/validate")
        assert report["valid"] or report["failed_block"] == damaged
        wait_for("the block is healed", lambda: curl("/v1/validate")["valid"] and curl("/v1/node")["repair"]["healed_blocks"] >= 1)
    finally:
        process.terminate()
        assert process.wait(60) == 0
        process.stdout.close()


# What there is little of

def test_no_command_is_ended_by_a_signal_for_want_of_descriptors(cairn, tmp_path):
    assert cairn("init", "--data", "l").returncode == 0 and cairn("append", "1", "--data", "l").returncode == 0
    (tmp_path / "policy").write_text(cairn("policy", "--data", "l").stdout)
    nowhere = f"http://127.0.0.1:{free_ports(1)[0]}"
    for command in [["status", "--data", "l"], ["verify", "--data", "l", "--deep"], ["append", "2", "--data", "l"], ["init", "--data", "i"],
                    ["backup", "--data", "l", "--output", "b"], ["get", "0", "--url", nowhere], ["serve", "--data", "l", "--port", "0"],
                    ["cluster", "--data", "c", "--port", "0"],
                    ["audit", "--url", nowhere, "--policy", "policy", "--state", "s", "--once"]]:
        for count in (4, 5, 6, 7, 9, 12, 14, 18, 21, 22, 23, 28, 40):
            done = cairn(*command, wrapper=["prlimit", f"--nofile={count}:{count}"], timeout=30)
            assert done.returncode == 1, (command, count, done)
            assert f"only {count} files" in done.stderr and "ulimit -n" in done.stderr and done.stderr.count("\n") == 1, done.stderr
    # Nothing was begun, and what may be raised is.
    assert not [name for name in ("i", "b", "c", "s") if (tmp_path / name).exists()]
    assert cairn("status", "--data", "l", wrapper=["prlimit", "--nofile=12:1024"]).returncode == 0


@pytest.mark.parametrize("command", ["status --data l", "serve --data l --port 0", "append 2 --data l", "cluster --data c --port 0"])
def test_no_command_is_ended_by_a_signal_where_proc_is_of_others(cairn, tmp_path, command):
    assert cairn("init", "--data", "l").returncode == 0
    done = cairn(*command.split(), wrapper=["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"], timeout=30)
    assert done.returncode == 1 and "/proc" in done.stderr and "mount" in done.stderr and done.stderr.count("\n") == 1, done
    assert not (tmp_path / "c").exists()


# What a killed process left

def test_what_a_killed_export_left_is_removed(cairn, tmp_path):
    assert cairn("init", "--data", "l").returncode == 0 and cairn("append", "1", "--data", "l").returncode == 0
    for name in ("out.0123456789abc.partial", "out.mine.partial"):
        (tmp_path / name).write_text("x")
    assert cairn("export", "--data", "l", "--output", "out").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("out")) == ["out", "out.mine.partial"]


# The unit for systemd

def test_the_unit_starts_no_program_again_that_is_too_old():
    unit = (ROOT / "packaging" / "cairn.service").read_text()
    code = re.search(r"tooOld: Int32 = (\d+)", (ROOT / "Sources/CairnCommand/Output/CommandFailure.swift").read_text())[1]
    assert f"\nRestartPreventExitStatus={code}\n" in unit


def test_d15_the_unit_needs_no_settings(binary, tmp_path):
    unit = (ROOT / "packaging" / "cairn.service").read_text()
    words = shlex.split(re.search(r"^ExecStart=(.*)$", unit, re.M)[1])
    settings = tmp_path / "cairn.json"
    command = [binary] + [
        word.replace("/etc/cairn.json", str(settings)).replace("/var/lib/cairn", str(tmp_path / "data")) for word in words[1:]]
    for content in [None, '{"name_of_no_setting":1}']:
        if content:
            settings.write_text(content)
        environment = {**os.environ, "CAIRN_PORT": str(free_ports(1)[0])}
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
        if content:
            assert process.wait(20) == 1 and "name_of_no_setting" in process.stderr.read()
        else:
            while "listening" not in (line := process.stderr.readline()):
                assert line, "it ended"
            process.terminate()
            process.stderr.read()
            assert process.wait(30) == 0
        process.stderr.close()
