"""Watches processes for growth: their memory, descriptors, threads, log lines and lag, in the first quarter and in the last."""
import os
import statistics
import threading
import time

from process import Failure

TICKS = os.sysconf("SC_CLK_TCK")


class Measure:
    """What is compared. `last` may be `first * factor + more`: the one for noise, the other for what is taken once."""

    def __init__(self, name, unit, factor, more, digits=0):
        self.name, self.unit, self.factor, self.more, self.digits = name, unit, factor, more, digits

    def bound(self, first):
        return first * self.factor + self.more

    def show(self, value):
        return "–" if value is None else f"{value:.{self.digits}f}"

    def says(self):
        times = "" if self.factor == 1 else f"{self.factor:g} × "
        return f"{self.name} at most {times}the first + {self.more:.0f} {self.unit}".rstrip()


# What may be more in any case is, of memory, what an allocator keeps and a growing index caches; of descriptors, connections that
# wait for who stands still; of lag and log lines, the faults of a quarter, which are not the same as another's.
MEASURES = {
    "memory": Measure("memory", "MiB", 1.15, 16, 1),
    "descriptors": Measure("descriptors", "", 1.1, 24),
    # Pools begin threads when there is first use for them, on a busy machine later and a few more.
    "threads": Measure("threads", "", 1, 8),
    "log": Measure("log lines", "a minute", 1.5, 12),
    "lag": Measure("lag", "records", 2, 200),
    "cpu": Measure("CPU", "% of a core", 2, 10, 1),
}


class Subject:
    """A process that is watched, through all of its lives."""

    def __init__(self, name, owner, lag=lambda head: None):
        self.name, self.owner, self.lag = name, owner, lag
        self.may_be_down = False
        self.samples = []  # (time, age of this life, {measure: value})
        self.log_place = self.log_lines = 0
        self.pid, self.born, self.cpu_at = None, 0, None

    def count_lines(self):
        with open(self.owner.log_path, "rb") as log:
            log.seek(self.log_place)
            text = log.read()
        self.log_place += len(text)
        self.log_lines += text.count(b"\n")
        return self.log_lines

    def look(self, now, head):
        """Takes a sample. Fails when the process has ended by itself."""
        process = self.owner.process
        code = process.poll() if process is not None else None
        if process is None or code is not None:
            if code is not None and not self.may_be_down:
                raise Failure(f"{self.name} ended by itself with {code}:\n{self.owner.tail()}")
            self.pid = None
            return
        if process.pid != self.pid:
            self.pid, self.born, self.cpu_at = process.pid, now, None
        values = {"log": self.count_lines(), **self.look_at_process(now)}
        lag = self.lag(head)
        if lag is not None:
            values["lag"] = lag
        self.samples.append((now, now - self.born, values))

    def look_at_process(self, now):
        with open(f"/proc/{self.pid}/status") as file:
            lines = dict(line.rstrip("\n").split(":", 1) for line in file)
        with open(f"/proc/{self.pid}/stat") as file:
            words = file.read().rpartition(")")[2].split()
        cpu, before = (int(words[11]) + int(words[12])) / TICKS, self.cpu_at
        self.cpu_at = (now, cpu)
        values = {"memory": int(lines["RssAnon"].split()[0]) / 1024, "threads": int(lines["Threads"]),
                  "descriptors": len(os.listdir(f"/proc/{self.pid}/fd"))}
        if before and now > before[0]:
            values["cpu"] = 100 * (cpu - before[1]) / (now - before[0])
        return values

    def median(self, measure, begin, end, settled):
        """Of the samples between two times, of lives that have lasted a while. Of log lines: how many came, a minute."""
        inside = [(now, values[measure]) for now, age, values in self.samples
                  if begin <= now < end and measure in values and (age >= settled or measure == "log")]
        if measure == "log":
            if len(inside) < 2:
                return None
            return 60 * (inside[-1][1] - inside[0][1]) / (inside[-1][0] - inside[0][0])
        return statistics.median(value for _, value in inside) if inside else None


class Watcher(threading.Thread):
    """Samples all subjects now and then, until it is told to stop or one has ended by itself."""

    def __init__(self, subjects, head, interval):
        super().__init__(daemon=True)
        self.subjects, self.head, self.interval = subjects, head, interval
        self.is_over, self.failure = threading.Event(), None

    def run(self):
        while not self.is_over.is_set():
            head = self.head()
            for subject in self.subjects:
                try:
                    subject.look(time.monotonic(), head)
                except Failure as failure:
                    self.failure = self.failure or failure
                except (OSError, ValueError, KeyError):
                    pass  # it ended between two looks at it
            self.is_over.wait(self.interval)

    def check(self):
        if self.failure:
            raise self.failure

    def stop(self):
        self.is_over.set()
        self.join(timeout=60)
        self.check()


# A process that starts again logs some thirty lines, and its neighbours some; in a short run that is much a minute.
LOG_LINES_OF_A_QUARTER = 150


def compare(subjects, begin, end, settled):
    """{(subject, measure): (first quarter, last quarter)} of the time between."""
    quarter = (end - begin) / 4
    MEASURES["log"].more = max(12, 60 * LOG_LINES_OF_A_QUARTER / quarter)
    return {
        (subject.name, name): (subject.median(name, begin, begin + quarter, settled),
                               subject.median(name, end - quarter, end, settled))
        for subject in subjects for name in MEASURES}


def grown(compared):
    """What is beyond its bound, each as a sentence."""
    found = []
    for (subject, name), (first, last) in compared.items():
        measure = MEASURES[name]
        if first is not None and last is not None and last > measure.bound(first):
            found.append(f"{subject}: {measure.name} grew from {measure.show(first)} to {measure.show(last)} "
                         f"{measure.unit}".rstrip() + f", more than {measure.show(measure.bound(first))}")
    return found


def table(compared):
    """A Markdown table: a row for each process, `first → last (ratio)` in each cell."""
    subjects = list(dict.fromkeys(subject for subject, _ in compared))
    names = [f"{measure.name}, {measure.unit}".rstrip(", ") for measure in MEASURES.values()]
    lines = ["| process | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for subject in subjects:
        cells = []
        for name, measure in MEASURES.items():
            first, last = compared[subject, name]
            cell = "–" if first is None and last is None else f"{measure.show(first)} → {measure.show(last)}"
            if first and last is not None:
                cell += f" ({last / first:.2f})"
            if first is not None and last is not None and last > measure.bound(first):
                cell = f"**{cell}**"
            cells.append(cell)
        lines.append(f"| {subject} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
