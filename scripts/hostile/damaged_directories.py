#!/usr/bin/env python3
"""Damages the directories that the program keeps, one file at a time, and runs its commands on them.

Directories: the only member's, one member's of three, a follower's that is ahead of its history (from 100 directories
on, since it takes a while to make), an auditor's and a witness's. Damage: flipped, cut, zeroed, garbled, doubled and
exchanged bytes, a record altered with the checksum put right; the file deleted, unreadable, or a folder, a FIFO, a
link to /dev/zero, to itself or to nothing, a socket, or a huge hole in its place.

A finding is: a signal; a command that doesn't end, or takes more memory than processes.py grants; a failure without a
word; a success that shows other records than were appended; "valid" of an altered log.
"""
import json
import os
import pathlib
import random
import re
import shutil
import sys
import urllib.error
import urllib.request

from damage import HUGE_BYTES, kept, kinds
import damage
from damaged_templates import Templates
from findings import Findings, Workplace, arguments, in_parallel, replay
import processes

# What a command may take on a damaged directory.
SECONDS_MAX = 20
# From so many directories on, one of a follower that is ahead is among them.
AHEAD_FROM = 100
PORT = re.compile(rb"http://127\.0\.0\.1:(\d+)")
READS = [("verify",), ("verify", "--deep"), ("get", "0"), ("get", "39"), ("log", "--json"), ("export",), ("status",),
         ("repair", "--dry-run")]
APPENDED = '{"appended":true}'
MAY_CHANGE = {"status", "verify", "repair"}  # what they print tells of times, or of files that may be made anew


class Directories:

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.templates = Templates(options, folder)
        if options.count >= AHEAD_FROM or options.replay:
            self.templates.make_ahead()
        self.right = {}
        for name in ("single", "member", "ahead"):
            if name in self.templates.folders:
                self.right[name] = self.read_all(self.copy(name, "right"), [])
        self.files = {name: self.files_of(path) for name, path in self.templates.folders.items()}

    def files_of(self, folder):
        """Its files, and the kinds that each of them stands for."""
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())

    def copy(self, name, number):
        target = self.folder / "cases" / f"{number}-{name}"
        shutil.copytree(self.templates.folders[name], target)
        return target

    def case(self, number, seed):
        chance = random.Random(f"{seed}/{number}")
        name = chance.choice(sorted(self.files, key=lambda name: (name != "single", name)) + ["single", "member"])
        file = chance.choice(self.files[name])
        kind = chance.choice(kinds(self.templates.folders[name] / file)).__name__
        return {"directory": name, "file": file, "damage": kind, "seed": f"{seed}/{number}"}

    def run(self, case, number):
        """Runs one case. Returns all findings, as (kind, what was seen)."""
        folder = self.copy(case["directory"], number)
        try:
            path = folder / case["file"]
            getattr(damage, case["damage"])(path, random.Random(case["seed"]))
            case["damaged"] = kept(path)
            return list(self.check(case, folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def check(self, case, folder):
        what = f"{case['directory']}/{re.sub('[0-9]{3,}', 'N', case['file'])}: {case['damage']}"
        if case["directory"] in ("audit", "witness"):
            done = self.run_audit(folder) if case["directory"] == "audit" else self.run_witness(folder)
            found = processes.fault(done)
            if found:
                yield f"{case['directory']} {found}, {what}", told(done)
            return
        right, log_is_other = self.right[case["directory"]], self.log_is_other(case, folder)
        for command, done in self.read_all(folder, right).items():
            if found := self.fault(command, done, right.get(command), log_is_other):
                yield f"{' '.join(command)} {found}, {what}", told(done)
        yield from self.check_writing(folder, what, right)

    def check_writing(self, folder, what, right):
        """Appends, serves, and looks whether all is as it was, with what was appended behind it."""
        appended = self.cairn("append", APPENDED, "--data", str(folder))
        if found := processes.fault(appended):
            yield f"append {found}, {what}", told(appended)
        records = right[("export",)].output
        expected = [records, records + APPENDED.encode() + b"\n"][appended.is_success:]
        served = []
        done = processes.run([self.options.binary, "serve", "--data",
                              str(folder), "--port", "0", "--scrub", "off"], self.folder, SECONDS_MAX, runs_on=True,
                             is_up=b"istening", meanwhile=lambda output: served.append(read_records(output)),
                             file_bytes_max=2 * HUGE_BYTES)
        if found := processes.fault(done):
            yield f"serve {found}, {what}", told(done)
        elif done.was_asked and b"istening" not in done.output + done.errors:
            yield f"serve doesn't come up, {what}", told(done)
        if served and served[0] is not None and right[("export",)].is_success and served[0] not in expected:
            yield f"serve shows other records, {what}", shown(served[0])
        exported = self.cairn("export", "--data", str(folder))
        if found := processes.fault(exported):
            yield f"export afterwards {found}, {what}", told(exported)
        if exported.is_success and right[("export",)].is_success and exported.output not in expected:
            yield f"export afterwards shows other records, {what}", shown(exported.output)

    def log_is_other(self, case, folder):
        """Whether what the log holds isn't what it held. More behind its end is what a crash may leave."""
        path = folder / case["file"]
        if not case["file"].startswith("blocks/") or path.suffix != ".log":
            return False
        before = (self.templates.folders[case["directory"]] / case["file"]).read_bytes()
        if not path.is_file():
            return True
        with open(path, "rb") as file:
            return file.read(len(before)) != before

    def fault(self, command, done, right, log_is_other):
        if found := processes.fault(done):
            return found
        if done.was_asked:
            return "doesn't end"
        if not done.is_success or right is None or not right.is_success:
            return None
        if command[0] == "verify" and log_is_other:
            return "says that an altered log is valid"
        if command[0] not in MAY_CHANGE and done.output != right.output:
            return "shows other records"
        return None

    def read_all(self, folder, right):
        return {command: self.cairn(*command, "--data", str(folder)) for command in READS}

    def cairn(self, *arguments):
        return processes.run([self.options.binary, *arguments], self.folder, SECONDS_MAX, file_bytes_max=2 * HUGE_BYTES)

    def run_audit(self, folder):
        return self.cairn("audit", "--url", self.templates.node.url, "--policy", str(self.templates.policy), "--state",
                          str(folder), "--once", "--records")

    def run_witness(self, folder):
        return processes.run([*self.templates.witness_command(folder), "--listen", "127.0.0.1:0"], self.folder,
                             SECONDS_MAX, runs_on=True, is_up=b"istening", file_bytes_max=2 * HUGE_BYTES)


def read_records(output):
    """The records that a node shows, as it prints where it listens; None when it refuses to show them."""
    port = PORT.search(output)
    if not port:
        return None
    request = urllib.request.Request(f"http://127.0.0.1:{port[1].decode()}/v1/records?from=0",
                                     headers={"Accept": "application/x-ndjson"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_MAX) as answer:
            lines = answer.read().decode().split("\n")
        return "".join(
            json.dumps(json.loads(line)["data"], separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines
            if line).encode()
    except (OSError, ValueError, urllib.error.URLError):
        return None


def told(done):
    return f"{done.code} after {done.seconds:.1f} s, {done.memory_bytes >> 20} MB; {(done.errors or done.output)[-400:].decode('utf-8', 'replace')}"


def shown(records):
    return f"{records.count(10)} records, the last {records[-200:].decode('utf-8', 'replace')}"


def main():
    options = arguments(__doc__, 2_000)
    with Workplace() as folder:
        (folder / "cases").mkdir()
        directories = Directories(options, folder)
        try:
            if options.replay:
                return replay(options, lambda case: next(iter(directories.run(case, "replay")), None))
            findings = Findings(options, "damaged directories")

            def one(number):
                case = directories.case(number, options.seed)
                for kind, seen in directories.run(case, number):
                    findings.add(kind, case, seen)
                findings.count()

            with findings.until_interrupted():
                in_parallel(options.count, 2 * len(os.sched_getaffinity(0)), one)
            return findings.finish()
        finally:
            directories.templates.close()


if __name__ == "__main__":
    sys.exit(main())
