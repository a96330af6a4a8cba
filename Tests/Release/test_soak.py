"""A short run of `scripts/soak`, so that it can't rot, and that it notices what it is there for."""
import os
import pathlib
import subprocess
import sys
import textwrap
import time
import types

import pytest

import faults
import watch
from conftest import ROOT
from process import Failure, wait_for

SOAK = ROOT / "scripts" / "soak"


def test_soak_runs_for_half_a_minute(binary, tmp_path):
    """Each kind of fault once, with everything that is around a cluster; nothing is left."""
    done = subprocess.run(
        [sys.executable, str(SOAK), "--binary", binary, "--minutes", "0.4", "--seed", "3"],
        capture_output=True, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "none lost" in done.stdout
    for name, (_, why_not) in faults.FAULTS.items():
        assert why_not() or f"× {name}" in done.stdout, done.stdout
    for subject in ("member 1", "member 2", "member 3", "member 4", "follower", "auditor", "witness"):
        assert f"| {subject}" in done.stdout, done.stdout
    assert not list(tmp_path.glob("cairn-soak-*"))
    assert str(tmp_path) not in pathlib.Path("/proc/mounts").read_text()
    assert not running_in(tmp_path)


def running_in(folder):
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in path.read_bytes():
                found.append(path)
        except OSError:
            pass  # it has just ended
    return found


def test_the_order_of_faults_follows_from_the_seed():
    assert faults.schedule(5, 40) == faults.schedule(5, 40) != faults.schedule(6, 40)
    assert len({name for name, _ in faults.schedule(5, len(faults.FAULTS))}) == len(
        [name for name, (_, why_not) in faults.FAULTS.items() if not why_not()])


def owner(tmp_path, program):
    """A process that is watched, with a log."""
    log_path = tmp_path / "log"
    with open(log_path, "wb") as log:
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdin=subprocess.PIPE, stdout=log)
    return types.SimpleNamespace(process=process, log_path=log_path, tail=log_path.read_text)


def test_what_grows_is_noticed(tmp_path):
    """A process that takes memory, descriptors and threads, and talks more and more: each is beyond its bound."""
    watched = owner(tmp_path, """
        import os, sys, threading, time
        print("started", flush=True)
        sys.stdin.readline()
        kept = bytearray(os.urandom(1 << 20)) * 40, [os.dup(0) for _ in range(60)]
        for _ in range(20):
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        for _ in sys.stdin:
            print("still here\\n" * 100 + "that was all", flush=True)
    """)
    wait_for("it has started", lambda: watched.log_path.read_text())
    subject, began = watch.Subject("one", watched, lag=lambda head: head), time.monotonic()
    for second in range(20):
        subject.look(began + second, 0)
    watched.process.stdin.write(b"\n")
    for more in range(1, 21):
        watched.process.stdin.write(b"\n")
        watched.process.stdin.flush()
        wait_for("it has talked", lambda: watched.log_path.read_text().count("that was all") == more)
        subject.look(began + 19 + more, 1000)
    watched.process.kill()
    watched.process.wait()
    compared = watch.compare([subject], began, began + 40, 0)
    assert [line.split(" grew")[0] for line in watch.grown(compared)] == [
        "one: memory", "one: descriptors", "one: threads", "one: log lines", "one: lag"]
    assert watch.table(compared).count("**") == 10


def test_what_stays_as_it_is_isn_t_growth(tmp_path):
    watched = owner(tmp_path, "import time; print('started', flush=True); time.sleep(60)")
    wait_for("it has started", lambda: watched.log_path.read_text())
    subject = watch.Subject("one", watched)
    began = time.monotonic()
    for head in range(20):
        subject.look(began + head / 10, head)
    watched.process.kill()
    watched.process.wait()
    compared = watch.compare([subject], began, began + 2, 0)
    assert compared["one", "memory"][0] == compared["one", "memory"][1] > 0
    assert watch.grown(compared) == []


def test_a_process_that_ends_by_itself_is_noticed(tmp_path):
    watched = owner(tmp_path, "print('the last words'); raise SystemExit(7)")
    watched.process.wait()
    subject = watch.Subject("one", watched)
    with pytest.raises(Failure, match="one ended by itself with 7:\nthe last words"):
        subject.look(time.monotonic(), 0)
    subject.may_be_down = True
    subject.look(time.monotonic(), 0)
