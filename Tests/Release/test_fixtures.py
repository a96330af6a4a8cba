"""What earlier releases left is opened, verified, continued and audited (scripts/make-fixtures made it, each once).

Beside each fixture stands what has to be found in it: the ledger of each directory by the independent checker, and the
records that were acknowledged. Every version of Tests/Fixtures is tested alike.
"""
import hashlib
import importlib.util
import json
import pathlib
import subprocess
import sys
import tarfile

import pytest

import check
import journal
from cluster import free_ports
from conftest import ROOT
from process import Node, wait_for

FIXTURES = ROOT / "Tests" / "Fixtures"
ALL = sorted(str(path.relative_to(FIXTURES).with_suffix("")) for path in FIXTURES.glob("*/*.json"))


def named(*names):
    """Of each version, the fixtures of these names."""
    return pytest.mark.parametrize("left", [name for name in ALL if name.split("/")[1] in names], indirect=True)


def load_script(name):
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), ROOT / "scripts" / (name + ".py"))
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


class Left:
    """What a release left, unpacked, and the nodes that go on with it."""

    def __init__(self, options, path, folder):
        self.options, self.name = options, path.name
        self.manifest = json.loads(path.with_suffix(".json").read_text())
        with tarfile.open(f"{path}.tar.xz") as tar:
            tar.extractall(folder, filter="data")
        self.folder = folder / path.name
        self.acknowledged = {int(number): record for number, record in self.manifest["acknowledged"].items()}
        self.nodes = [
            Node(options, int(name.removeprefix("node")), self.folder / name, "127.0.0.1", *free_ports(2))
            for name in self.manifest["nodes"]]

    def node(self, name):
        return next(node for node in self.nodes if pathlib.Path(node.data).name == name)

    def start(self, nodes=None):
        """All together, at new addresses, and waits until all have links to one another and all of the ledger."""
        nodes = self.nodes if nodes is None else nodes
        for node in nodes:
            node.start(nodes, wait=False)
        for node in nodes:
            node.wait_until_up()
        for node in nodes:
            wait_for(f"{node} has its links", lambda: node.status["links"] >= len(nodes) - 1)
            wait_for(f"{node} has its history", lambda: node.status["snapshot"] is None)
        return nodes

    def append(self, node, record, key):
        """Appends a record, as a client that doesn't give up, and returns its number."""
        def acknowledged():
            number = node.append(record, key)
            return None if number is None else (number,)
        number, = wait_for(f"{node} acknowledges {record}", acknowledged)
        assert self.acknowledged.setdefault(number, record) == record
        return number


@pytest.fixture
def left(request, options, tmp_path):
    left = Left(options, FIXTURES / request.param, tmp_path)
    yield left
    for node in left.nodes:
        if node.is_running:
            node.kill()


def digests(folder):
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()}


def checked(data):
    """What the independent checker says of a directory."""
    done = subprocess.run([sys.executable, str(check.CHECKER), str(data)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    words = dict(word.split("=") for word in done.stdout.split()[1:])
    return {"blocks": int(words["blocks"]), "records": int(words["records"]), "head": words["head"], "root": words["root"]}


def stored(node):
    """The canonical bytes of all records, as a node streams them, each under its number and with its own leaf hash."""
    status, body = node.request("GET", "/v1/records?from=0", headers={"Accept": "application/x-ndjson"}, timeout=60)
    assert status == 200
    records = []
    for number, line in enumerate(body.splitlines()):
        record = line[line.index(b'"data":') + 7:line.rindex(b',"leaf_hash":"')]
        entry = json.loads(line)
        assert entry["number"] == number and entry["leaf_hash"] == hashlib.sha256(b"\0" + record).hexdigest()
        records.append(record)
    return records


def expect_everything(left, node):
    """All that was acknowledged stands under its number, and the ledger begins with what each directory held."""
    records = stored(node)
    for number, record in left.acknowledged.items():
        assert json.loads(records[number]) == record, f"{node}: record {number}"
    tree, roots = load_script("check-ledger").Tree(), {}
    for size, record in enumerate(records):
        roots[size] = tree.root().hex()
        tree.append(record)
    roots[len(records)] = tree.root().hex()
    for name, ledger in left.manifest["ledgers"].items():
        assert roots[ledger["records"]] == ledger["root"], f"{node} does not continue {name}"
        block = node.get(f"/v1/blocks/{ledger['blocks'] - 1}")
        assert block["hash"] == ledger["head"], f"{node} does not continue {name}"


def test_there_are_fixtures_of_the_first_release():
    assert {"0.1.0/" + name for name in (
        "one", "killed", "window", "majority", "bft", "bft-view-under-way", "bft-view-given-up", "ahead", "fork")} <= set(ALL)


@pytest.mark.parametrize("left", ALL, indirect=True)
def test_directories_are_verified(left, cairn):
    """By the program and by the independent checker, neither of which changes a file."""
    before = digests(left.folder)
    for node in left.nodes:
        done = cairn("verify", "--data", node.data, "--deep", "--certificates")
        assert done.returncode == 0, done.stdout + done.stderr
        assert checked(node.data) == left.manifest["ledgers"][pathlib.Path(node.data).name]
    assert digests(left.folder) == before


@pytest.mark.parametrize("left", [name for name in ALL if not name.endswith("/fork")], indirect=True)
def test_a_ledger_goes_on(left, cairn):
    nodes = left.start()
    for node in nodes:
        left.append(node, {"continued by": node.number}, f"continued-{node.number}")
    check.agree(nodes)
    for node in nodes:
        expect_everything(left, node)
        assert node.status["evidence"] == [], "a member contradicts what it signed before"
    for node in nodes:
        node.stop()
    ledgers = [checked(node.data) for node in nodes]
    assert all(ledger == ledgers[0] for ledger in ledgers)
    assert ledgers[0]["records"] > max(left.acknowledged)
    for node in nodes:
        done = cairn("verify", "--data", node.data, "--deep", "--certificates")
        assert done.returncode == 0, done.stdout + done.stderr


@named("window")
def test_what_is_lost_or_changed_is_noticed(left):
    """The tests above can fail: what isn't there, and a ledger that isn't continued, are seen."""
    node, = left.start()
    expect_everything(left, node)
    kept, left.acknowledged = left.acknowledged, {**left.acknowledged, 3: {"key": 4}}
    with pytest.raises(AssertionError, match="record 3"):
        expect_everything(left, node)
    left.acknowledged = kept
    for field in ("root", "head"):
        ledger = left.manifest["ledgers"]["node1"]
        kept, ledger[field] = ledger[field], "00" * 32
        with pytest.raises(AssertionError, match="does not continue node1"):
            expect_everything(left, node)
        ledger[field] = kept


@named("bft-view-under-way", "bft-view-given-up")
def test_a_view_was_under_way(left):
    """The fixture is what it says: votes that no certificate made final, and members go on where they stood."""
    final = max(journal.final_view(node.data) for node in left.nodes)
    for name, votes in left.manifest["unfinished_votes"].items():
        assert journal.unfinished(left.folder / name, final) == [tuple(vote) for vote in votes]
    kind = {"bft-view-under-way": journal.FINALISE, "bft-view-given-up": journal.NULLIFY}[left.name]
    votes = left.manifest["unfinished_votes"].values()
    assert sum(any(of == kind for _, _, of in found) for found in votes) >= 2
    nodes = left.start()
    left.append(nodes[0], "settled", "settled")
    last = max(view for found in votes for _, view, _ in found)
    assert nodes[0].get("/v1/blocks/head")["certificate"]["view"] > last


@named("ahead")
def test_a_history_is_filled(left):
    """The follower begins where it was: it keeps its snapshot, and fetches what is before it."""
    name, = left.manifest["ahead"]
    folder = left.folder / name / "ahead"
    assert (folder / "base").exists()
    left.start()
    wait_for("what was ahead is joined", lambda: not folder.exists())
    expect_everything(left, left.node(name))
    assert "a snapshot is being fetched" not in left.node(name).tail(100)


@named("window")
def test_the_window_of_ids_is_remembered(left):
    """A key within the window is a repeat, one that left it is a new submission."""
    node, = left.start()
    window, keys = left.manifest["window"], left.manifest["keys"]
    for number, key in list(enumerate(keys))[-window:]:
        assert node.append(left.acknowledged[number], key) == number
    assert node.append("another text", keys[-1]) is None, "a key may not name two submissions"
    for place, key in enumerate(keys[:-window]):
        assert node.append(left.acknowledged[place], key) == len(keys) + place
    # Of which each drove one of the old ones out.
    outside = len(keys) - window
    assert node.append(left.acknowledged[outside], keys[outside]) == len(keys) + outside


@named("one", "majority")
def test_a1_an_index_of_an_earlier_release_is_not_believed(left):
    """0.1.0 wrote wrong hashes into its index: after the start everything is found by its hash."""
    node = left.start()[0]
    wait_for("all is indexed", lambda: node.status["indexed_block"] == node.status["head"]["index"])
    for number, record in enumerate(stored(node)):
        leaf_hash = hashlib.sha256(b"\0" + record).hexdigest()
        assert number in node.get(f"/v1/records?leaf_hash={leaf_hash}")["numbers"]
    for index in range(node.status["head"]["index"] + 1):
        block = node.get(f"/v1/blocks/{index}")
        assert node.get(f"/v1/blocks/{block['hash']}")["index"] == index


@named("one", "majority", "bft")
def test_proofs_and_policies_hold(left, cairn):
    """Those of then, by the program and by a checker that shares no code with it; they say no as well."""
    checker = load_script("check-proof")
    policies = ["policy.txt", *(["policy-witnessed.txt"] if "witness" in left.manifest else [])]
    for policy in policies:
        text, signatures = checker.parse_note((left.folder / "checkpoint").read_bytes())
        origin, size, _ = checker.parse_checkpoint(text)
        checker.Policy((left.folder / policy).read_bytes()).check(origin, text, signatures)
        assert size == left.manifest["audited_records"]
        for number in left.manifest["proven"]:
            files = [left.folder / f"record-{number}.json", left.folder / f"record-{number}.tlog-proof"]
            assert json.loads(files[0].read_text()) == left.acknowledged[number]
            for command in (cairn, lambda *words: subprocess.run(
                    [sys.executable, str(ROOT / "scripts" / "check-proof.py"), *map(str, words[1:])], capture_output=True)):
                assert command("check-proof", *files, "--policy", left.folder / policy).returncode == 0
                other = left.folder / "other.json"
                other.write_text('{"another":"record"}')
                assert command("check-proof", other, files[1], "--policy", left.folder / policy).returncode == 1


@named("one", "majority", "bft")
def test_a3_an_auditor_goes_on(left, cairn):
    """With the state of then, over what came since; and an old policy proves a new record."""
    nodes = left.start()
    number = left.append(nodes[0], {"new": True}, "new")
    check.agree(nodes)
    state, policy = left.folder / "audit", left.folder / "policy.txt"
    assert (state / "checkpoint").read_text().split("\n")[1] == str(left.manifest["audited_records"])

    def audited():
        done = cairn("audit", *(word for node in nodes for word in ("--url", node.url)), "--policy", policy, "--state", state,
                     "--once", "--records")
        assert done.returncode == 0, (done.returncode, done.stdout, done.stderr)
        return (state / "checkpoint").read_text().split("\n")[1] == str(number + 1)
    wait_for("the auditor sees the newest record", audited)
    (left.folder / "new.json").write_text(cairn("get", number, "--url", nodes[0].url).stdout)
    (left.folder / "new.tlog-proof").write_text(cairn("proof", number, "--url", nodes[0].url).stdout)
    done = cairn("check-proof", left.folder / "new.json", left.folder / "new.tlog-proof", "--policy", policy)
    assert done.returncode == 0, done.stdout + done.stderr


@named("one")
def test_a_witness_goes_on(left, options, cairn):
    """It remembers what it cosigned, keeps its key, and cosigns what continues it."""
    witness, port = left.manifest["witness"], free_ports(1)[0]
    folder = left.folder / "witness"
    assert cairn("witness", "--name", witness["name"], "--data", folder, "--print-key").stdout.strip() == witness["key"]
    url = f"http://127.0.0.1:{port}"
    program = subprocess.Popen(
        [options.binary, "witness", "--name", witness["name"], "--data", str(folder), "--log", witness["log"], "--listen",
         f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        probe = Node(options, 9, left.folder / "none", "127.0.0.1", port, 0)
        origin = hashlib.sha256(witness["log"].split("+")[0].encode()).hexdigest()

        def size():
            return int(probe.request("GET", f"/{origin}/checkpoint")[1].decode().split("\n")[1])
        assert wait_for("the witness answers", size) == left.manifest["audited_records"]
        node, = left.nodes
        node.start([], "--witness", f"{url}={witness['key']}")
        number = left.append(node, {"witnessed": True}, "witnessed")
        wait_for("the witness cosigns the new record", lambda: size() == number + 1)

        def proven():
            (left.folder / "new.json").write_text(cairn("get", number, "--url", node.url).stdout)
            (left.folder / "new.tlog-proof").write_text(cairn("proof", number, "--url", node.url).stdout)
            done = cairn("check-proof", left.folder / "new.json", left.folder / "new.tlog-proof", "--policy",
                         left.folder / "policy-witnessed.txt")
            return done.returncode == 0
        wait_for("a proof that the policy with the witness takes", proven)
    finally:
        program.kill()
        program.wait()


@named("bft")
def test_a_draft_is_signed_and_submitted(left, cairn):
    """One that an operator signed with the release of then."""
    nodes = left.start()
    draft = left.folder / "draft.json"
    for name in ("node2", "node3"):
        done = cairn("members", "sign", draft, "--data", left.node(name).data)
        assert done.returncode == 0, done.stdout + done.stderr
    done = cairn("members", "submit", draft, "--url", nodes[1].url)
    assert done.returncode == 0, done.stdout + done.stderr
    for node in nodes:
        wait_for(f"{node} knows the new power", lambda: node.get("/v1/members")["total_power"] == 5)
    left.append(nodes[4], {"epoch": 1}, "epoch")


@named("bft")
def test_cairn_cluster_opens_its_folder(left, options):
    process = subprocess.Popen(
        [options.binary, "cluster", "--data", str(left.folder), "--port", "0", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        told = json.loads(line)
        assert told["chain"] == left.manifest["chain"]
        address = told["nodes"][0]["url"].removeprefix("http://").split(":")
        node = Node(options, 1, left.folder / "node1", address[0], int(address[1]), 0)
        left.append(node, {"opened": True}, "opened")
        expect_everything(left, node)
    finally:
        process.terminate()
        assert process.wait(timeout=60) == 0


@named("fork")
def test_a3_a_fork_is_seen(left, cairn):
    """The evidence holds, and an auditor that knows the one history finds the other."""
    evidence, policy = left.folder / "evidence.json", left.folder / "policy.txt"
    assert cairn("check-evidence", evidence, "--policy", policy).returncode == 0
    load_script("check-evidence").check(evidence.read_bytes(), policy.read_bytes())
    ours, other = left.nodes
    for node, code in ((ours, 0), (other, 3)):
        node.start([])
        wait_for(f"{node} has a checkpoint", lambda: node.request("GET", "/checkpoint")[0] == 200)
        done = cairn("audit", "--once", "--url", node.url, "--policy", policy, "--state", left.folder / "audit")
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        node.stop()
    found, = (left.folder / "audit").glob("fork-*.json")
    assert cairn("check-evidence", found, "--policy", policy).returncode == 0
