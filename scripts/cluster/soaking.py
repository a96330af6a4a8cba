"""All that runs in `scripts/soak`: a cluster and what is around it."""
import collections
import contextlib
import hashlib
import random
import signal
import subprocess
import time

import check
import clock
import faults
import genesis
import watch
from browser import Browser
from cluster import Cluster, free_ports
from load import Client, Load
from process import Failure, Node, run, wait_for

# So small that it is full before anything is compared.
WINDOW = 8_192
WITNESS = "witness.example.com/soak"


class PacedClient(Client):
    """Waits before each record, and remembers how long an answer took."""

    def send(self, record, key):
        self.load.is_over.wait(self.load.pause)
        began = time.monotonic()
        number = super().send(record, key)
        if number is not None:
            self.load.took.append((began, time.monotonic() - began))
        return number


class PacedLoad(Load):
    def __init__(self, nodes, rate, clients=4):
        super().__init__(nodes, clients=0)
        self.pause, self.took = clients / rate, []
        self.clients = [PacedClient(self, f"c{number}") for number in range(clients)]


class Program:
    """A process that is no node, with a log."""

    def __init__(self, name, log_path, *command):
        self.name, self.log_path = name, log_path
        with open(log_path, "ab") as log:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    tail = Node.tail

    def stop(self):
        self.process.terminate()
        code = self.process.wait(timeout=60)
        # An auditor that is told to end has nothing to finish: the signal itself may end it.
        if code not in (0, 128 + signal.SIGTERM, -signal.SIGTERM):
            raise Failure(f"SIGTERM ended {self.name} with {code}:\n{self.tail()}")


class Soak:
    """All that runs, and what the faults need to know of it."""

    def __init__(self, options, folder):
        self.options, self.folder, self.mounted = options, folder, None
        self.cluster = Cluster(options, folder, 0, "bft")
        self.members = [self.cluster.add(number) for number in (1, 2, 3, 4)]
        self.steady, self.timed, _, self.small = self.members
        self.programs, self.subjects, self.pause_seconds = [], [], 1

    # What runs.

    def start(self):
        if not faults.no_small_disks():
            seconds = self.options.minutes * 60
            faults.mount(self.small.data, 96 + int(seconds * self.options.rate * 1_500 / 1e6))
            self.mounted = self.small.data
        self.chain = genesis.found(
            self.options, [node.data for node in self.members], fault_model="bft", window=WINDOW, name="example.com/soak")
        if not clock.why_not():
            self.clock = clock.Clock(self.folder)
            self.timed.environment = self.clock.environment
        key = run(self.options, "witness", "--name", WITNESS, "--data", str(self.folder / "witness"), "--print-key").stdout.strip()
        self.witness_port, = free_ports(1)
        for node in self.members:
            node.arguments = ["--witness", f"http://127.0.0.1:{self.witness_port}={key}"]
        self.cluster.start()
        self.start_witness()
        self.load = PacedLoad(self.members, self.options.rate).start()
        self.load.wait_for_progress(100)  # of a shorter ledger there is no snapshot
        self.follower = self.cluster.add(5)
        self.follower.arguments = ["--chain", self.chain, "--snapshot"]
        self.follower.start(self.members)
        self.nodes = self.load.nodes = list(self.cluster.nodes)
        faults.back(self, self.follower)
        self.start_auditor()
        self.browsers = [Browser(self.load, f"{self.options.seed}-{number}", 0.5) for number in range(2)]
        for browser in self.browsers:
            browser.start()
        self.watch()

    def start_witness(self):
        """Of the four log keys, which the members know of each other only when they run."""
        policy = wait_for(
            "the members' keys", lambda: run(self.options, "policy", "--url", self.steady.url, check=False).stdout)
        keys = [line.split()[1] for line in policy.splitlines() if line.startswith("log ")]
        data = self.folder / "witness"
        self.witness = Program(
            "the witness", f"{data}.log", self.options.binary, "witness", "--name", WITNESS, "--data", data, "--listen",
            f"127.0.0.1:{self.witness_port}", *(word for key in keys for word in ("--log", key)))
        self.programs.append(self.witness)

    def start_auditor(self):
        policy, state = self.folder / "policy.txt", self.folder / "audit"
        policy.write_text(run(self.options, "policy", "--url", self.steady.url, "--chain", self.chain).stdout)
        self.auditor = None
        if "auditor" in self.options.without:
            return
        self.auditor = Program(
            "the auditor", f"{state}.log", self.options.binary, "audit", "--policy", policy, "--state", state, "--interval",
            "1s", "--records", *(word for node in self.nodes for word in ("--url", node.url)))
        self.programs.append(self.auditor)

    # What is watched.

    def watch(self):
        heads = {}

        def head():
            for node in self.nodes:
                try:
                    heads[node] = node.get("/v1/node", timeout=2)["head"]["tree_size"]
                except (OSError, ValueError, KeyError):
                    heads.pop(node, None)
            return max(heads.values(), default=0)

        def behind_checkpoint(read):
            return lambda head: head - int(read().split("\n")[1])
        self.subjects = [
            watch.Subject(f"member {node.number}", node, lambda head, node=node: head - heads[node] if node in heads else None)
            for node in self.members]
        self.subjects[1].name += " (its clock steps)" if not clock.why_not() else ""
        self.subjects[3].name += " (small disk)" if self.mounted else ""
        self.subjects.append(watch.Subject("follower", self.follower, lambda head: head - heads[self.follower]))
        if self.auditor:
            state = self.folder / "audit" / "checkpoint"
            self.subjects.append(watch.Subject("auditor", self.auditor, behind_checkpoint(state.read_text)))
        witness = Node(self.options, 0, self.folder / "none", "127.0.0.1", self.witness_port, 0)
        origin = hashlib.sha256(b"example.com/soak").hexdigest()
        self.subjects.append(watch.Subject("witness", self.witness, behind_checkpoint(
            lambda: witness.request("GET", f"/{origin}/checkpoint", timeout=2)[1].decode())))
        self.watcher = watch.Watcher(self.subjects, head, max(0.5, self.options.minutes / 12))
        self.watcher.start()

    # What the faults use.

    @contextlib.contextmanager
    def may_be_down(self, node):
        subject = next(subject for subject in self.subjects if subject.owner is node)
        subject.may_be_down = True
        yield
        subject.may_be_down = False

    def rest(self, part):
        """Lets a fault last for a part of the time that it has."""
        time.sleep(part * self.pause_seconds)

    # The run.

    def run(self):
        """Breaks one thing after the other, all that was planned, and until the time is over: on a slow machine, longer.
        Returns when it began and ended, and what was done."""
        began, seconds = time.monotonic(), self.options.minutes * 60
        every = min(20, max(2.5, seconds / 16))
        self.pause_seconds = min(10, every * 0.8)
        done = collections.Counter()
        for place, (name, seed) in enumerate(faults.schedule(self.options.seed, int(seconds / every))):
            time.sleep(max(0, began + (place + 0.2) * every - time.monotonic()))
            faults.FAULTS[name][0](self, random.Random(seed))
            done[name] += 1
            self.load.wait_for_progress(5)
            self.check()
        time.sleep(max(0, began + seconds - time.monotonic()))
        return began, time.monotonic(), done

    def check(self):
        self.watcher.check()
        failures = [failure for browser in self.browsers for failure in browser.failures]
        if failures:
            raise Failure("; ".join(failures[:5]))

    def finish(self):
        """Stops all in order, and checks that nothing was lost. Returns how many records there are."""
        if not all(browser.is_alive() for browser in self.browsers):
            raise Failure("a browser of the test's own has ended")
        self.watcher.stop()
        for browser in self.browsers:
            browser.stop()
        self.load.stop()
        self.check()
        for program in reversed(self.programs):
            program.stop()
        wait_for("the follower has its history", lambda: self.follower.status["snapshot"] is None, seconds=600)
        return check.everything(self.cluster, self.load.acknowledged)

    def end(self):
        """Leaves nothing running and nothing mounted, whatever happened."""
        if hasattr(self, "load"):
            self.load.is_over.set()
        self.cluster.kill()
        for program in self.programs:
            if program.process.poll() is None:
                program.process.kill()
                program.process.wait()
        if self.mounted:
            subprocess.run(["umount", "-l", self.mounted], check=False)
