"""What `scripts/make-fixtures` makes: each maker fills a folder and returns what has to be found in it later."""
import itertools
import json
import shutil
import signal
import subprocess
import sys

import check
import genesis
import journal
from cluster import Cluster, free_ports
from load import Load
from process import Failure, Node, run, wait_for
from snapshot import ahead

MAKERS = {}
WITNESS_NAME = "witness.example.com/fixtures"


def fixture(name):
    def register(function):
        MAKERS[name] = function
        return function
    return register


def variety(count):
    """Records of every kind of JSON value, the same each time."""
    made = [{"text": "ä€𐍈 \u2028 \"\\/", "n": [0, -1, 1e21, 0.1, 5e-324, 9007199254740991], "t": True, "none": None},
            "a text", 1.5, [], {}, False, None, [[[["deep"]]]], {"long": "stone " * 700}]
    return [*made, *({"parcel": number, "owner": f"owner {number % 7}"} for number in range(count))][:count]


class Workshop:
    """A fixture's folder, and the nodes and programs that run on it meanwhile."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        folder.mkdir(parents=True)
        self.nodes, self.programs, self.acknowledged = [], [], {}

    def node(self, number=1):
        self.nodes.append(Node(self.options, number, self.folder / f"node{number}", "127.0.0.1", *free_ports(2)))
        return self.nodes[-1]

    def cluster(self, count, fault_model):
        cluster = Cluster(self.options, self.folder, count, fault_model)
        self.nodes += cluster.nodes
        return cluster.start()

    def run(self, *arguments):
        return run(self.options, *map(str, arguments)).stdout

    def file(self, name, text):
        (self.folder / name).write_text(text)

    def append(self, nodes, records, prefix):
        """Each record by itself, under its own key, to one node after the other."""
        for place, (node, record) in enumerate(zip(itertools.cycle(nodes), records)):
            number = node.append(record, f"{prefix}-{place}")
            if number is None:
                raise Failure(f"{node} did not acknowledge {record!r:.100}")
            self.acknowledged[number] = record

    def batch(self, node, records, key):
        body = "\n".join(json.dumps(record) for record in records)
        status, answer = node.request(
            "POST", "/v1/records", body, {"Content-Type": "application/x-ndjson", "Idempotency-Key": key})
        if status != 201:
            raise Failure(f"a batch was answered with {status}: {answer!r}")
        first = json.loads(answer)["first_number"]
        self.acknowledged.update({first + place: record for place, record in enumerate(records)})

    def proofs(self, node, numbers):
        """The policy, the newest checkpoint, and records with their proof files."""
        size = node.status["head"]["tree_size"]
        self.file("policy.txt", wait_for(
            "the members' keys", lambda: run(self.options, "policy", "--url", node.url, check=False).stdout))
        for number in numbers:
            self.file(f"record-{number}.json", self.run("get", number, "--url", node.url))
            self.file(f"record-{number}.tlog-proof", self.run("proof", number, "--url", node.url))

        def checkpoint():
            note = node.request("GET", "/checkpoint")[1].decode()
            return note if note.split("\n")[1] == str(size) else None
        self.file("checkpoint", wait_for(f"a checkpoint of {size} records", checkpoint))

    def audit(self, nodes):
        """An auditor's state, of all that is there now. One node after the other, which shows the same."""
        for node in nodes:
            done = self.look(node, self.folder / "audit", "--records")
            if done.returncode != 0:
                raise Failure(f"the auditor ended with {done.returncode}: {done.stdout}{done.stderr}")

    def look(self, node, state, *more):
        """One look of an auditor. That of 0.1.0 dies now and then before it has kept anything (A3): then it looks again."""
        for _ in range(20):
            done = run(self.options, "audit", "--once", "--url", node.url, "--policy", str(self.folder / "policy.txt"),
                       "--state", str(state), *more, check=False)
            if done.returncode >= 0:
                break
        return done

    def ledger(self, node):
        """What the independent checker says of a directory: how far it is final by what stands in its log."""
        done = subprocess.run([sys.executable, str(check.CHECKER), node.data], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"{node}: check-ledger.py says: {done.stdout}{done.stderr}")
        words = dict(word.split("=") for word in done.stdout.split()[1:])
        return {"blocks": int(words["blocks"]), "records": int(words["records"]), "head": words["head"], "root": words["root"]}

    def manifest(self, chain, members=None, **more):
        """To be called when all have ended."""
        nodes = members if members is not None else self.nodes
        return {
            "chain": chain, "nodes": [f"node{node.number}" for node in self.nodes],
            "members": [f"node{node.number}" for node in nodes],
            "ledgers": {f"node{node.number}": self.ledger(node) for node in self.nodes},
            "acknowledged": {str(number): self.acknowledged[number] for number in sorted(self.acknowledged)}, **more}

    def end(self):
        for node in self.nodes:
            if node.is_running:
                node.kill()
        for program in self.programs:
            program.kill()
            program.wait()


@fixture("one")
def one(shop):
    """A ledger with one member, stopped; its policy, a checkpoint that a witness cosigned, proofs, an auditor's state and the
    witness's folder. A last few records came after the auditor had looked."""
    node = shop.node()
    shop.run("init", "--data", node.data, "--name", "example.com/fixtures/one", "--message", "For later versions")
    log_key = next(line.split()[1] for line in shop.run("policy", "--data", node.data).splitlines() if line.startswith("log "))
    folder = shop.folder / "witness"
    witness_key = shop.run("witness", "--name", WITNESS_NAME, "--data", folder, "--print-key").strip()
    port, = free_ports(1)
    shop.programs.append(subprocess.Popen(
        [shop.options.binary, "witness", "--name", WITNESS_NAME, "--data", str(folder), "--log", log_key, "--listen",
         f"127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    node.start([], "--witness", f"http://127.0.0.1:{port}={witness_key}")
    shop.append([node], variety(20), "single")
    for number in range(5):
        shop.batch(node, [{"batch": number, "place": place} for place in range(60)], f"batch-{number}")

    def cosigned():
        note = node.request("GET", "/checkpoint")[1].decode()
        return note.split("\n")[1] == "320" and f"\u2014 {WITNESS_NAME} " in note
    wait_for("the witness cosigns", cosigned)
    shop.proofs(node, (0, 255, 319))
    shop.file("policy-witnessed.txt", (shop.folder / "policy.txt").read_text().replace(
        "\nquorum members\n", f"\nwitness w {witness_key}\ngroup both all members w\nquorum both\n"))
    shop.audit([node])
    shop.append([node], [{"after": number} for number in range(5)], "after")
    node.stop()
    shop.programs[0].send_signal(signal.SIGTERM)
    if shop.programs[0].wait(timeout=60) != 0:
        raise Failure("SIGTERM did not end the witness with 0")
    return shop.manifest(
        json.loads(shop.run("status", "--data", node.data, "--json"))["chain"], proven=[0, 255, 319], audited_records=320,
        witness={"key": witness_key, "name": WITNESS_NAME, "log": log_key})


@fixture("killed")
def killed(shop):
    """A ledger with one member, killed with SIGKILL while clients were writing."""
    node = shop.node()
    shop.run("init", "--data", node.data, "--name", "example.com/fixtures/killed")
    node.start([])
    load = Load([node]).start()
    load.wait_for_progress(100)
    node.kill()
    load.is_over.set()
    load.stop()
    shop.acknowledged = load.acknowledged
    return shop.manifest(json.loads(shop.run("status", "--data", node.data, "--json"))["chain"])


@fixture("window")
def window(shop):
    """A ledger with one member and a window of 16 records, which is full: records came under 24 keys, one each."""
    node = shop.node()
    chain = genesis.found(shop.options, [node.data], window=16, name="example.com/fixtures/window")
    node.start([])
    shop.append([node], [{"key": number} for number in range(24)], "key")
    node.stop()
    return shop.manifest(chain, window=16, keys=[f"key-{number}" for number in range(24)])


@fixture("majority")
def majority(shop):
    """Three members of `majority`, stopped. One got another power, so an epoch has ended, and proofs carry a certificate."""
    cluster = shop.cluster(3, "majority")
    first = cluster.nodes[0]
    shop.append(cluster.nodes, variety(30), "before")
    every = [word for node in cluster.nodes for word in ("--data", node.data)]
    shop.run("members", "power", cluster.nodes[2].key, 2, "--url", first.url, *every)
    for node in cluster.nodes:
        wait_for(f"{node} is in the next epoch", lambda: node.get("/v1/members")["epoch"] == 1)
    shop.append(cluster.nodes, [{"epoch": 1, "n": number} for number in range(30)], "behind")
    check.agree(cluster.nodes)
    shop.proofs(first, (0, 31, 59))
    shop.audit(cluster.nodes)
    shop.append(cluster.nodes, [{"after": number} for number in range(6)], "after")
    check.agree(cluster.nodes)
    chain = first.status["chain"]
    for node in cluster.nodes:
        node.stop()
    return shop.manifest(chain, proven=[0, 31, 59], audited_records=60)


@fixture("bft")
def bft(shop):
    """Four members of `bft` as `cairn cluster` founds them and a follower, stopped; a draft of a change of members with one
    signature, policy, proofs and an auditor's state."""
    cluster = shop.cluster(4, "bft")
    members, first = list(cluster.nodes), cluster.nodes[0]
    follower = shop.node(5)
    chain = first.status["chain"]
    follower.start([first], "--chain", chain)
    nodes = [*members, follower]
    shop.append(nodes, variety(40), "record")
    shop.batch(follower, [{"batch": place} for place in range(300)], "batch")
    check.agree(nodes)
    shop.run("members", "power", members[3].key, 2, "--url", first.url, "--data", first.data, "--draft",
             shop.folder / "draft.json")
    shop.proofs(first, (0, 100, 339))
    shop.audit(nodes)
    shop.append(nodes, [{"after": number} for number in range(5)], "after")
    check.agree(nodes)
    for node in reversed(nodes):
        node.stop()
    return shop.manifest(chain, members=members, proven=[0, 100, 339], audited_records=340)


@fixture("bft-view-under-way")
def bft_view_under_way(shop):
    """Four members of `bft`, all killed with SIGKILL under load while a view was under way: two stood still, so that the others
    had voted for what could not become final."""
    return stopped_in_a_view(shop, journal.FINALISE)


@fixture("bft-view-given-up")
def bft_view_given_up(shop):
    """Four members of `bft`, all killed with SIGKILL under load while they were giving up a view: its leader stood still and one
    more, so that the others had voted against it and were no quorum."""
    return stopped_in_a_view(shop, journal.NULLIFY)


def stopped_in_a_view(shop, kind):
    cluster = shop.cluster(4, "bft")
    chain = cluster.nodes[0].status["chain"]
    load = Load(cluster.nodes).start()
    going, still = cluster.nodes[:2], cluster.nodes[2:]

    def votes():
        """Votes in views that no member knows to be final."""
        final = max(journal.final_view(node.data) for node in cluster.nodes)
        return {f"node{node.number}": journal.unfinished(node.data, final) for node in cluster.nodes}

    def stand_still():
        """Whether the two others then vote as they should: that depends on whether one that stands still leads."""
        load.wait_for_progress(30)
        for node in still:
            node.signal(signal.SIGSTOP)
        try:
            wait_for("two members' votes", lambda: all(
                any(of == kind for _, _, of in votes()[f"node{node.number}"]) for node in going), seconds=4)
            return True
        except Failure:
            for node in still:
                node.signal(signal.SIGCONT)
            return False
    wait_for("a view is under way", stand_still)
    for node in cluster.nodes:
        node.signal(signal.SIGKILL)
    for node in cluster.nodes:
        node.kill()
    load.is_over.set()
    load.stop()
    shop.acknowledged = load.acknowledged
    if sum(any(of == kind for _, _, of in found) for found in votes().values()) < 2:
        raise Failure(f"no view was under way: {votes()}")
    return shop.manifest(chain, unfinished_votes=votes())


@fixture("ahead")
def begun_ahead(shop):
    """A ledger with one member, stopped, and a follower that began with a snapshot and was killed before its history was there: it
    has a folder `ahead`."""
    member = shop.node()
    shop.run("init", "--data", member.data, "--name", "example.com/fixtures/ahead")
    member.start([])
    # A ledger of few blocks is copied as a whole: each append makes one.
    shop.append([member], [{"fill": number, "text": f"stone {number % 10} " * 8} for number in range(400)], "single")
    chain = member.status["chain"]
    for _ in range(50):
        follower = shop.node(2)
        follower.start([member], "--chain", chain, "--snapshot", wait=False)
        wait_for("a snapshot", lambda: ahead(follower))
        # The member stands still first, so that nothing more of the history comes.
        member.signal(signal.SIGSTOP)
        follower.kill()
        member.signal(signal.SIGCONT)
        if ahead(follower):
            break
        shop.nodes.pop()
        shutil.rmtree(follower.data)
    else:
        raise Failure("the history was there before the follower could be killed")
    member.stop()
    return shop.manifest(chain, members=[member], ahead=["node2"])


@fixture("fork")
def fork(shop):
    """Two copies of one ledger that went two ways, an auditor's state that knows the one (`audit`), and evidence of the fork
    (`evidence.json`)."""
    ours, other = shop.node(1), shop.node(2)
    shop.run("init", "--data", ours.data, "--name", "example.com/fixtures/fork")
    shop.run("append", *range(5), "--data", ours.data)
    shutil.copytree(ours.data, other.data)
    shop.run("append", '"ours"', "--data", ours.data)
    shop.run("append", '"theirs"', "--data", other.data)
    shop.file("policy.txt", shop.run("policy", "--data", ours.data))
    shop.acknowledged = dict(enumerate(range(5)))
    notes = []
    for node in (ours, other):
        node.start([])
        notes.append(wait_for(f"{node}'s checkpoint", lambda: node.request("GET", "/checkpoint")[1].decode()))
        if node is ours:
            shop.audit([ours])
            chain = ours.status["chain"]
        node.stop()
    # As docs/proofs.md has it, since the auditor of 0.1.0 does not get so far (A3).
    shop.file("evidence.json", json.dumps({"format": "cairn/fork-evidence/1", "smaller": notes[0], "larger": notes[1]}))
    shop.run("check-evidence", shop.folder / "evidence.json", "--policy", shop.folder / "policy.txt")
    return shop.manifest(chain)
