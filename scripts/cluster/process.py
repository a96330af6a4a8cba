"""One `cairn serve` process, and how to talk to it."""
import http.client
import json
import os
import signal
import subprocess
import sys
import time


class Failure(Exception):
    """What did not hold."""


def wait_for(what, condition, seconds=60):
    """Waits until a condition holds, and returns what it gave. Fails with what it was waiting for."""
    deadline = time.monotonic() + seconds
    last = None
    while time.monotonic() < deadline:
        try:
            found = condition()
            if found:
                return found
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            last = error
        time.sleep(0.02)
    raise Failure(f"not within {seconds} s: {what}" + (f" (last error: {last!r})" if last else ""))


class Node:
    """A node's directory, its fixed addresses, and its process while there is one."""

    def __init__(self, options, number, data, host, http_port, link_port):
        self.options, self.number, self.data = options, number, str(data)
        self.host, self.http_port, self.link_port = host, http_port, link_port
        self.log_path = f"{self.data}.log"
        self.process = None
        self.wrapper, self.environment = [], {}
        self.arguments = []

    def __repr__(self):
        return f"node {self.number}"

    @property
    def link_address(self):
        return f"{self.host}:{self.link_port}"

    @property
    def url(self):
        return f"http://{self.host}:{self.http_port}"

    # Life.

    def start(self, join, *more, wait=True):
        """Starts the process; others are found at the addresses of `join`."""
        command = [*self.wrapper, self.options.binary, "serve", "--data", self.data, "--host", self.host, "--port",
                   str(self.http_port), "--peer-host", self.host, "--peer-port", str(self.link_port),
                   *self.arguments, *more]
        for other in join:
            if other is not self:
                command += ["--join", other.link_address]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                env={**os.environ, "SWIFT_BACKTRACE": "enable=yes,color=no", **self.environment}, **self.spawning())
        self.spawned()
        if wait:
            self.wait_until_up()

    def spawning(self):
        return {}

    def spawned(self):
        pass

    def wait_until_up(self):
        def up():
            if self.process.poll() is not None:
                raise Failure(f"{self} ended with {self.process.returncode}:\n{self.tail()}")
            return self.get("/healthz")["alive"]
        wait_for(f"{self} listens", up)

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self):
        """Asks the process to end, which it has to do with status 0."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            code = self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self} did not end within 60 s of SIGTERM:\n{self.tail()}") from None
        self.process = None
        if code != 0:
            raise Failure(f"SIGTERM ended {self} with {code}:\n{self.tail()}")

    def tail(self, lines=15):
        try:
            with open(self.log_path, errors="replace") as log:
                return "".join(log.readlines()[-lines:])
        except OSError:
            return ""

    # Talking to it.

    def request(self, method, path, body=None, headers=None, timeout=10):
        connection = http.client.HTTPConnection(self.host, self.http_port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def get(self, path, timeout=10):
        status, body = self.request("GET", path, timeout=timeout)
        if status not in (200, 503):
            raise ValueError(f"{self} answers {path} with {status}: {body[:300]!r}")
        return json.loads(body)

    def append(self, record, key, timeout=10):
        """Appends a record. Returns its number, or None when the answer is an error."""
        status, body = self.request(
            "POST", "/v1/records", json.dumps(record),
            {"Content-Type": "application/json", "Idempotency-Key": key}, timeout)
        return json.loads(body)["number"] if status in (200, 201) else None

    def records(self):
        """All records, in order, as the node streams them."""
        status, body = self.request(
            "GET", "/v1/records?from=0", headers={"Accept": "application/x-ndjson"}, timeout=120)
        if status != 200:
            raise ValueError(f"{self} answers an export with {status}")
        return [json.loads(line) for line in body.splitlines()]

    @property
    def status(self):
        return self.get("/v1/node")

    @property
    def key(self):
        with open(f"{self.data}/node.key") as file:
            return file.read().splitlines()[2].split()[1]

    def memory_bytes(self):
        """Anonymous memory: what the process has for itself."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("RssAnon"))

    def cairn(self, *arguments, check=True):
        return run(self.options, *arguments, check=check)


def run(options, *arguments, check=True):
    """Runs a command of the program to its end."""
    done = subprocess.run([options.binary, *arguments], capture_output=True, text=True, timeout=180)
    if check and done.returncode != 0:
        raise Failure(f"cairn {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def say(text):
    print(text, file=sys.stderr, flush=True)
