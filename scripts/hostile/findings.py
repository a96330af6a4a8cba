"""What was found: of each kind the smallest input, kept as a file that can be run again."""
import argparse
import contextlib
import json
import pathlib
import shutil
import signal
import sys
import tempfile
import threading
import time


# How long to look for a smaller input that fails in the same way.
SECONDS_TO_SHRINK_MAX = 60
# How long what is under way may go on after an interruption.
SECONDS_TO_STOP_MAX = 60
# The exit status of what was interrupted, as a shell has it for SIGINT.
INTERRUPTED = 130


def arguments(description, count):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=".build/release/cairn", help="the program under test")
    parser.add_argument("--count", type=int, default=count, help="how many inputs (default: %(default)s)")
    parser.add_argument("--seed", default="1", help="what the inputs follow from (default: %(default)s)")
    parser.add_argument("--save", default=None, metavar="DIR",
                        help="where inputs that fail are kept (default: a new folder, printed)")
    parser.add_argument("--replay", default=None, metavar="FILE", help="run one kept input again, and nothing else")
    options = parser.parse_args()
    options.binary = str(pathlib.Path(options.binary).resolve())
    if not pathlib.Path(options.binary).is_file():
        parser.error(f"there is no program {options.binary}")
    return options


class Findings:
    """Collects findings of all threads. Each has a kind; of a kind, the smallest input stays."""

    def __init__(self, options, what):
        self.options, self.what = options, what
        self.lock = threading.Lock()
        self.ran, self.is_interrupted = 0, False
        self.smallest, self.times = {}, {}

    def count(self, ran=1):
        with self.lock:
            self.ran += ran

    def add(self, kind, input, seen):
        """input: what JSON can hold, enough to run it again. seen: what was seen, for people."""
        text = json.dumps(input, sort_keys=True)
        with self.lock:
            self.times[kind] = self.times.get(kind, 0) + 1
            if kind not in self.smallest or len(text) < len(json.dumps(self.smallest[kind][0], sort_keys=True)):
                self.smallest[kind] = (input, seen)
                return True
            return False

    @contextlib.contextmanager
    def until_interrupted(self):
        """What was found until somebody interrupts is told too."""
        try:
            yield
        except KeyboardInterrupt:
            self.is_interrupted = True

    def shrink(self, smaller, fails):
        """Replaces each kept input by the smallest that fails in the same way.

        smaller: gives inputs that are a step smaller. fails: runs one, and gives its kind and what was seen, or None.
        """
        for kind, (input, seen) in [] if self.is_interrupted else list(self.smallest.items()):
            is_smaller, deadline = True, time.monotonic() + SECONDS_TO_SHRINK_MAX
            while is_smaller:
                is_smaller = False
                for candidate in smaller(input):
                    if time.monotonic() > deadline:
                        break
                    found = fails(candidate)
                    if found and found[0] == kind:
                        input, seen, is_smaller = candidate, found[1], True
                        break
            self.smallest[kind] = (input, seen)

    def finish(self):
        """Saves and shows what was found, prints the last line, and returns the exit status."""
        folder = None
        if self.smallest:
            folder = pathlib.Path(self.options.save or tempfile.mkdtemp(prefix="cairn-hostile-"))
            folder.mkdir(parents=True, exist_ok=True)
        for number, (kind, (input, seen)) in enumerate(sorted(self.smallest.items()), 1):
            path = folder / f"{pathlib.Path(sys.argv[0]).stem}-{number}.json"
            path.write_text(json.dumps({"kind": kind, "seen": seen, "input": input}, indent=1) + "\n")
            shown = json.dumps(input)
            print(
                f"{kind} ({self.times[kind]} times): {path}\n  input: {shown[:1000]}{'…' if len(shown) > 1000 else ''}\n"
                f"  seen:  {seen}", file=sys.stderr)
        kinds = len(self.smallest)
        print(f"{self.ran} {self.what}, seed {self.options.seed}: " +
              (f"{kinds} kinds of findings, in {folder}" if kinds else "nothing found") +
              (", interrupted" if self.is_interrupted else ""))
        return 1 if kinds else INTERRUPTED if self.is_interrupted else 0


def replay(options, fails):
    """Runs a kept input again, and returns the exit status."""
    found = fails(json.loads(pathlib.Path(options.replay).read_text())["input"])
    print(f"{found[0]}: {found[1]}" if found else "nothing found")
    return 1 if found else 0


def in_parallel(count, threads, one):
    """Calls `one` with 0 … count - 1 from so many threads. What it raises ends all, as does a signal."""
    numbers, lock, is_over, errors = iter(range(count)), threading.Lock(), threading.Event(), []

    def work():
        while not is_over.is_set():
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                one(number)
            except BaseException as error:
                errors.append(error)
                is_over.set()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    try:
        for worker in workers:
            worker.join()
    finally:
        is_over.set()
        for worker in workers:
            worker.join(SECONDS_TO_STOP_MAX)
    if errors:
        raise errors[0]


def interrupt(*_):
    raise KeyboardInterrupt


class Workplace:
    """A temporary folder that goes when all is over, also when that is because of SIGTERM."""

    def __enter__(self):
        signal.signal(signal.SIGTERM, interrupt)
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="cairn-hostile-run-"))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)
