#!/usr/bin/env python3
"""Throws generated command lines and environments at the program.

Commands and flags are read from its own help; values are right ones, wrong ones and hostile ones; some are missing,
repeated, or given to a command that doesn't know them. Addresses are of a node, of nobody, and of a node whose
answers are wrong. Variables of the environment, configuration files, standard input and closed descriptors are
generated too. Each runs in a folder of its own; the only addresses are of this machine.

A finding is: a signal that no input may cause; more memory or time than processes.py grants; SIGTERM that isn't
heeded; a failure without a word; processes left behind; files outside of the folder.
"""
import os
import pathlib
import random
import shutil
import signal
import sys
import types

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cluster"))
from cluster import free_ports  # noqa: E402
from command_cases import Generator  # noqa: E402
from command_help import read_interface  # noqa: E402
from findings import Findings, Workplace, arguments, in_parallel, replay  # noqa: E402
from lying_node import LyingNode  # noqa: E402
from process import Node  # noqa: E402
import processes  # noqa: E402

# A command that ends by itself, and talks to nobody, has this long; one that may wait for an answer is asked to end
# then.
SECONDS_MAX = 20
# How long one that is meant to run may take until it is up and is asked to end.
SECONDS_TO_START = 2


class Ground:
    """What the cases share: a running node, the folder that each gets a copy of, and addresses that nobody listens on."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        node_port, link_port, self.dead_port = free_ports(3)
        self.node = Node(types.SimpleNamespace(binary=options.binary), 0, folder / "node", "127.0.0.1", node_port,
                         link_port)
        self.node.start([])
        self.node.append({"a": 1}, "first")
        self.liar = LyingNode(self.node)
        self.words = {
            "@LIAR@": self.liar.url, "@URL@": self.node.url, "@NODE@": f"127.0.0.1:{node_port}",
            "@NODEPORT@": str(node_port), "@DEAD@": f"http://127.0.0.1:{self.dead_port}",
            "@PEER@": self.node.link_address, "@CHAIN@": self.node.status["chain"], "@KEY@": self.node.key
        }
        self.template = folder / "template"
        self.template.mkdir()
        self.make_template()
        self.cases = folder / "cases"
        self.cases.mkdir()

    def cairn(self, *arguments):
        return processes.run([self.options.binary, *arguments], self.template, 60, environment=self.environment(
            self.template, {}))

    def make_template(self):
        files = self.template
        (files / "records.ndjson").write_text('{"a":1}\n{"b":[1,2,3]}\n"text"\n')
        (files / "record.json").write_text('{"a":1}')
        (files / "empty").write_text("")
        (files / "folder").mkdir()
        os.mkfifo(files / "fifo")
        (files / "zero").symlink_to("/dev/zero")
        (files / "loop").symlink_to("loop")
        with open(files / "huge", "wb") as file:
            file.truncate(8 << 30)
        self.cairn("init", "--data", "ledger", "--name", "example.org/hostile")
        self.cairn("append", "--data", "ledger", "--file", "records.ndjson")
        self.cairn("init", "--data", "other", "--genesis-out", "genesis")
        self.cairn("keygen", "--data", "keys")
        for name, command in [("proof", ["proof", "0"]), ("policy.txt", ["policy"])]:
            (files / name).write_bytes(self.cairn(*command, "--data", "ledger").output)
        self.cairn("audit", "--url", self.node.url, "--chain", self.words["@CHAIN@"], "--state", "audit", "--once")
        self.cairn("witness", "--name", "example.org/witness", "--data", "witness", "--print-key")
        self.cairn("members", "add", "0" * 62 + "01", "--data", "ledger", "--url", self.node.url, "--draft",
                   "draft.json")
        (files / "evidence.json").write_text("{}")

    def contents(self):
        """Of the small files that each case finds, as text."""
        return {path.name: path.read_bytes().decode("utf-8", "surrogateescape") for path in sorted(self.template.iterdir())
                if path.is_file() and not path.is_symlink() and 0 < path.stat().st_size < 1 << 16}

    def environment(self, folder, more):
        """The ports of the defaults are never used: whoever runs this may have a node there."""
        return {
            "PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder), "CAIRN_URL": self.node.url,
            "CAIRN_PORT": "0", **more
        }

    def fill(self, text, port):
        for word, meaning in self.words.items():
            text = text.replace(word, meaning)
        return text.replace("@PORT@", str(port))

    def run(self, case, number):
        """Runs one case. Returns the kind of finding and what was seen, or None."""
        folder = self.cases / str(number)
        shutil.copytree(self.template, folder, symlinks=True, copy_function=copy)
        port = free_ports(1)[0]
        for name, content in case["files"].items():
            (folder / name).write_bytes(content.encode("utf-8", "surrogateescape"))
        command = [self.options.binary, *(self.fill(argument, port) for argument in case["arguments"])]
        try:
            ended = processes.run(
                command, folder, SECONDS_TO_START if case["runs_on"] else SECONDS_MAX, case["input"].encode(
                    "utf-8", "surrogateescape"),
                self.environment(folder, {name: self.fill(value, port)
                                          for name, value in case["environment"].items()}), runs_on=case["runs_on"],
                is_up=b"istening", closed=case["closed"])
            return self.judge(case, ended, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def judge(self, case, ended, folder):
        what = " ".join(case["arguments"][:2])
        said = (ended.errors or ended.output)[-300:].decode("utf-8", "replace")
        left = processes.running_in(folder) if "cluster" in case["arguments"] else []
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        if left:
            return "left processes behind", f"{what}: {len(left)} processes; {said}"
        found = processes.fault(ended)
        if found == "failed without a word" and case["closed"]:
            found = None
        if found:
            return found, f"{what}: {ended.code} after {ended.seconds:.1f} s, {ended.memory_bytes >> 20} MB; {said}"
        if ended.was_asked and not case["runs_on"] and not case["waits"]:
            return "still running", f"{what}: ran for {SECONDS_MAX} s; {said}"
        return None


def copy(source, target):
    """Keeps links, FIFOs and holes."""
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
    elif pathlib.Path(source).is_fifo():
        os.mkfifo(target)
    elif os.path.basename(source) == "huge":
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def smaller(case):
    """The case with one thing less."""
    for place in range(len(case["arguments"])):
        yield {**case, "arguments": case["arguments"][:place] + case["arguments"][place + 1:]}
    for part in ("environment", "files"):
        for name in case[part]:
            yield {**case, part: {key: value for key, value in case[part].items() if key != name}}
    if case["input"]:
        yield {**case, "input": ""}
    if case["closed"]:
        yield {**case, "closed": []}


def main():
    options = arguments(__doc__, 20_000)
    with Workplace() as folder:
        ground = Ground(options, folder)
        try:
            if options.replay:
                return replay(options, lambda case: ground.run(case, 0))
            generator = Generator(read_interface(options.binary), ground.contents())
            findings = Findings(options, "command lines")
            before = set(folder.iterdir())

            def one(number):
                case = generator.case(random.Random(f"{options.seed}/{number}"))
                found = ground.run(case, number)
                findings.count()
                if found:
                    findings.add(found[0], case, found[1])

            with findings.until_interrupted():
                in_parallel(options.count, 2 * len(os.sched_getaffinity(0)), one)
            findings.shrink(smaller, lambda case: ground.run(case, -1))
            if outside := set(folder.iterdir()) - before:
                findings.add("wrote outside of its folder", sorted(map(str, outside)), "see the names")
            if not ground.node.is_running:
                findings.add("the node that was asked ended", {}, ground.node.tail())
            return findings.finish()
        finally:
            ground.liar.close()
            ground.node.kill()


if __name__ == "__main__":
    sys.exit(main())
