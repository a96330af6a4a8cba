"""What the benchmarks share: starting servers, and measuring what a load costs them."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def in_turns(kinds, number):
    """Each second round the other way round: what comes first suffers from what ran before."""
    return list(kinds.items())[::-1 if number % 2 else 1]


def parse(line):
    return {key: float(value) for key, value in re.findall(r"(\w+)=([\d.]+)\b", line)}


class Server:
    def __init__(self, command, ready):
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(ready, timeout=1).read()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    sys.exit(f"bench: {command[0]} did not start")
                time.sleep(0.005)

    def measure(self, command):
        """Runs a load; returns what it printed, with the CPU seconds that server and load took."""
        before, children = cpu_seconds(self.process.pid), os.times()
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"bench: {' '.join(command)}: {done.stderr}")
        after = os.times()
        result = parse(done.stdout)
        result["server_cpu_s"] = cpu_seconds(self.process.pid) - before
        result["client_cpu_s"] = (
            after.children_user + after.children_system - children.children_user - children.children_system)
        return result

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


def build(folder, name, packages=None):
    binary = os.path.join(folder, name)
    environment = dict(os.environ, GO111MODULE="off", GOFLAGS="", **({"GOPATH": packages} if packages else {}))
    subprocess.run(["go", "build", "-o", binary, "."], cwd=ROOT / "bench" / name, env=environment, check=True)
    return binary


def serve(binary, data):
    """Starts a node, and returns when it is ready to take records."""
    port = free_port()
    server = Server([binary, "serve", "--data", data, "--port", str(port)], f"http://127.0.0.1:{port}/readyz")
    return server, f"127.0.0.1:{port}"


def cairn(folder, binary):
    """A node on a new ledger."""
    data = os.path.join(tempfile.mkdtemp(dir=folder), "data")
    server, address = serve(binary, data)
    return server, address, data
