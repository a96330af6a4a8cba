"""Runs a program that is given hostile input, within bounds: time, memory, the size of what it writes."""
import dataclasses
import os
import pathlib
import select
import signal
import subprocess
import tempfile
import time

# What a process may have as memory of its own. More is refused by the system, so that a blow-up ends the process and
# not
# the machine.
MEMORY_BYTES_REFUSED = 4 << 30
# What it may come to: a small ledger takes a node 60 MB.
MEMORY_BYTES_MAX = 600 << 20
# The largest file that it may write. A segment of the log has 64 MiB.
FILE_BYTES_MAX = 256 << 20
# From SIGTERM to the end.
SECONDS_TO_END_MAX = 10
# What of a process's output is looked at.
OUTPUT_BYTES_READ = 1 << 20

CRASHES = {
    signal.SIGILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGTRAP, signal.SIGFPE, signal.SIGSYS,
    signal.SIGXFSZ
}


@dataclasses.dataclass
class Ended:
    """How a process ended."""
    code: int | None  # negative: the signal; None: it didn't end and was killed
    was_asked: bool  # to end, by SIGTERM
    seconds: float
    memory_bytes: int
    output: bytes
    errors: bytes

    @property
    def is_success(self):
        return self.code == 0


def crash(code):
    """The name of the signal that a status tells of, if it is one that no input may cause."""
    number = -code if code < 0 else code - 128
    return signal.Signals(number).name if number in CRASHES else None


def fault(ended):
    """What is wrong with how a process ended, whatever it was asked to do; None when nothing is."""
    if ended.code is None:
        return "didn't end"
    if name := crash(ended.code):
        return name
    if ended.memory_bytes > MEMORY_BYTES_MAX:
        return "memory"
    if ended.code > 0 and not (ended.errors.strip() or ended.output.strip()):
        return "failed without a word"
    return None


def run(command, folder, seconds, input=b"", environment=None, runs_on=False, is_up=None, meanwhile=None, closed=(),
        file_bytes_max=FILE_BYTES_MAX):
    """Runs a command to its end in a folder, within bounds.

    seconds: how long it may run. Then it gets SIGTERM, and after SECONDS_TO_END_MAX it is killed.
    runs_on: it is meant to run until then; `is_up`, bytes in its output or log, says that it may be ended sooner, after
        `meanwhile` was called with that output.
    closed: descriptors of 0 to 2 that it is started without.
    """
    # A shell sets the bounds, since Python can't do so safely in a process that has threads.
    bounds = f"ulimit -c 0; ulimit -d {MEMORY_BYTES_REFUSED >> 10}; ulimit -f {file_bytes_max >> 9}"
    command = ["/bin/sh", "-c", f'{bounds}; exec "$@" ' + " ".join(f"{number}>&-" for number in closed), "sh", *command]
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        given.write(input)
        given.seek(0)
        began = time.monotonic()
        process = subprocess.Popen(
            command, cwd=folder, stdin=given, stdout=output, stderr=errors,
            env={"SWIFT_BACKTRACE": "enable=no", **(os.environ if environment is None else environment)})
        was_asked, did_end = False, wait(process.pid, seconds, runs_on and is_up, output, errors)
        if not did_end:
            was_asked = True
            if meanwhile:
                meanwhile(read(output) + read(errors))
            # Not by `process`, which first looks whether it has ended, and then takes its status from `wait4` below.
            os.kill(process.pid, signal.SIGTERM)
            did_end = wait(process.pid, SECONDS_TO_END_MAX)
            if not did_end:
                os.kill(process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return Ended(process.returncode if did_end else None, was_asked,
                     time.monotonic() - began, usage.ru_maxrss * 1024, read(output), read(errors))


def wait(pid, seconds, is_up=None, *files):
    """Waits for a process, and returns whether it ended. With `is_up`, no longer than until one of the files holds that."""
    waiting = select.poll()
    descriptor = os.pidfd_open(pid)
    try:
        waiting.register(descriptor, select.POLLIN)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if waiting.poll(1000 * (min(left, 0.02) if is_up else left)):
                return True
            if is_up and any(is_up in os.pread(file.fileno(), OUTPUT_BYTES_READ, 0) for file in files):
                return False
        return False
    finally:
        os.close(descriptor)


def read(file):
    return os.pread(file.fileno(), OUTPUT_BYTES_READ, 0)


def running_in(folder):
    """The processes whose working folder is in `folder`: what a command has left behind."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                where = os.readlink(entry / "cwd")
            except OSError:
                continue
            if where == str(folder) or where.startswith(f"{folder}/"):
                found.append(int(entry.name))
    return found


def memory_bytes(pid):
    """The memory that a running process has for itself."""
    with open(f"/proc/{pid}/status") as file:
        return next((int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon")), 0)
