"""Generates command lines, their environment, files and input. Words in @ are filled in when a case runs."""
import json
import re

from values import BAD_URLS, DURATIONS, HOSTS, LIAR, NUMBERS, PORTS, RATES, TEXTS, URLS

# Of the environment, besides the program's own variables.
OTHER_VARIABLES = ["COLUMNS", "LINES", "TERM", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "NO_COLOR", "CI", "PATH"]
# Commands that are meant to run until they are told to end.
RUN_ON = [["serve"], ["cluster"], ["witness"], ["audit"]]
# Names that have to be looked up, which takes seconds where nobody answers: few of them.
LOOKED_UP = {
    "a" * 64, "a" * 300, ".", "..a", "-", "%", "local\udcffhost", "localhost\u200b", "xn--", "lo cal", "*", "256.0.0.1",
    "127.0.0.256"
}
FOLDERS = [
    "ledger", "ledger", "ledger", "other", "keys", "folder", "new", "new/deeper", "audit", "witness", "fifo", "zero",
    "loop", "huge", "empty", "records.ndjson", "file:x", "", " ", ".", "./ledger/", "ledger/blocks", "node\udcff",
    "x" * 300
]
FILES = [
    "records.ndjson", "record.json", "proof", "policy.txt", "genesis", "draft.json", "evidence.json", "config.json",
    "empty", "folder", "zero", "loop", "huge", "missing", "-", "ledger/node.key", "ledger/index.sqlite",
    "ledger/blocks/00000000000000000000.log", "new/file", "x" * 300, ""
]
RECORDS = [
    '{"a":1}', '"text"', "null", "[]", "1e400", "-0", '{"a":1,"a":2}', "[" * 200 + "]" * 200, "[" * 100_000,
    '"' + "x" * 70_000 + '"', '"\\ud800"', "{", '{"a"', "nul", '"\x01"', "9007199254740993", "1 2", '"\udcff"',
    "\ufeff1", "[1,]", '{"\u202e":"\x1b[2J"}', "0" * 5000, "1" + "0" * 300, "1e" + "9" * 100
]
KEYS = [
    "@KEY@", "@CHAIN@", "0" * 64, "01" + "0" * 62, "ff" * 32, "00" * 31, "@KEY@=1", "@KEY@=0", "@KEY@=-1",
    "@KEY@=4294967296", "@KEY@=4294967297", "@KEY@=18446744073709551616", "@KEY@=", "=", "=1", "@KEY@=1=2",
    "ed" + "ff" * 30 + "7f", "zz" * 32, "@KEY@0", "é" * 32
]
VERIFIERS = [
    "example.org/w+00000000+AQpq5yNWOhpEUohM2fz3aRn8yDpFXmz68r+huPdClZvc", "a+b+c", "+", "++", "a+00000000+",
    "a+zz+AA==", "x" * 1000 + "+1+AQ==", "a+3a62b6c4+AQpq5yNWOhpEUohM2fz3aRn8yDpFXmz68r+huPdClZvc=", "o=a+3a62b6c4+AQ",
    "=", "a b+00000000+AQ=="
]

# Made when they are chosen.
URL, WITNESS, HOST, ADDRESS = "url", "witness", "host", "address"
# Words in a flag's name or its value's, then right and wrong values.
KINDS = [
    (("url=vkey",), [WITNESS], [WITNESS]),
    (("vkey",), VERIFIERS[:1], VERIFIERS),
    (("url",), [URL], [URL]),
    (("listen", "host:port", "join", "advertise"), ["127.0.0.1:@PORT@", "@PEER@"], [ADDRESS, ADDRESS, *TEXTS]),
    (("dir", "data", "state"), ["ledger", "ledger", "ledger", "other", "new", "keys", "audit", "witness"], FOLDERS),
    (("port",), ["0", "@PORT@"], PORTS),
    (("host",), ["127.0.0.1", "localhost", "::1"], [HOST]),
    (("interval", "duration"), ["1s", "10ms", "1m"], DURATIONS),
    (("rate", "scrub"), ["off", "8MB/s", "1GB/s"], RATES),
    (("nodes",), ["1", "2", "3"], ["0", "-1", "65", "99999999999999999999", "3.0"]),
    (("policy",), ["policy.txt"], FILES),
    (("genesis-out", "output"), ["new-file"], FILES),
    (("genesis",), ["genesis"], FILES),
    (("evidence",), ["evidence.json"], FILES),
    (("proof",), ["proof"], FILES),
    (("draft",), ["draft.json", "new-draft"], FILES),
    (("config",), ["config.json"], FILES),
    (("record",), ["record.json", *RECORDS[:4]], RECORDS + FILES),
    (("file",), ["records.ndjson", "draft.json"], FILES),
    (("key=power", "member"), ["@KEY@", "@KEY@=1"], KEYS),
    (("key", "old", "new"), ["@KEY@", "01" + "0" * 62], KEYS),
    (("chain", "hash"), ["@CHAIN@"], KEYS),
    (("texts",), RECORDS[:4], RECORDS),
    (("fault",), ["majority", "bft"], ["BFT", "none"]),
    (("device",), ["auto", "cpu", "gpu"], ["tpu"]),
    (("level",), ["trace", "debug", "critical"], ["loud"]),
    (("format",), ["text", "json"], ["xml"]),
    (("workers", "threads", "count"), ["1", "2", "0"], ["-1", *NUMBERS[:16], "18446744073709551616", "1000000"]),
    (("name", "message"), ["example.org/x"], TEXTS),
]


class Generator:

    """contents: of the files that every case finds, by name, as text."""

    def __init__(self, interface, contents):
        self.interface, self.contents = interface, contents
        self.flags = sorted({name for command in interface.commands for name in command.options})

    def case(self, chance):
        command = chance.choice(self.interface.commands)
        self.wildness = chance.choice([0, 0.1, 0.3, 0.6])
        line = [*command.words, *self.options(command, chance), *self.arguments(command, chance)]
        line = self.disturb(line, len(command.words), chance)
        files = {"config.json": self.configuration(chance)} if "config.json" in line or chance.random() < 0.1 else {}
        for name in self.contents:
            if name in line and chance.random() < 0.5:
                files[name] = self.damaged(self.contents[name], chance)
        environment = self.environment(chance)
        if "witness" in line and "--listen" not in line:
            line += ["--listen", "127.0.0.1:@PORT@"]
        if "cluster" in line and "--port" not in line:
            line += ["--port", "0"]
        if files and chance.random() < 0.5:
            environment["CAIRN_CONFIG"] = "config.json"
        return {
            "arguments": [text.replace("\0", "")
                          for text in line], "environment": environment, "files": files, "input": self.input(chance),
            "closed": chance.choice([[0], [1], [2], [0, 1, 2]]) if chance.random() < 0.05 else [],
            "runs_on": command.words[:1] in RUN_ON and "--once" not in line, "waits": self.waits(line, environment)
        }

    def waits(self, line, environment):
        """Whether somebody's answer may have to be waited for."""
        return any("@" in text or "//" in text or "localhost" in text for text in [*line, *environment.values()])

    def options(self, command, chance):
        line = []
        known = list(command.options.items())
        for _ in range(chance.choice([0, 1, 1, 2, 2, 3, 4, 6])):
            name, placeholder = chance.choice(known)
            if name in ("-h", "--help", "--version") and chance.random() < 0.9:
                continue
            line += self.option(name, placeholder, chance)
        # What it can't do without, mostly.
        for name, placeholder in known:
            if name in ("--data", "--policy", "--name", "--url",
                        "--once") and name not in line and chance.random() < 0.5:
                line += self.option(name, placeholder, chance)
        if "--data" in line and "--url" in line and not command.words[:1] == ["members"
                                                                              ] and chance.random() > self.wildness:
            place = line.index("--url")
            line[place:place + 2] = []
        return line

    def option(self, name, placeholder, chance):
        if placeholder is None:
            return [name] if chance.random() < 0.97 else [f"{name}={chance.choice(TEXTS)}"]
        value = self.value(placeholder, name, chance)
        return [f"{name}={value}"] if chance.random() < 0.2 else [name, value]

    def arguments(self, command, chance):
        line = []
        for placeholder in command.arguments:
            for _ in range(chance.choice([0, 1, 1, 1, 1, 1, 2, 3])):
                line.append(self.value(placeholder.strip("[]."), "", chance))
        return line

    def disturb(self, line, words, chance):
        """Mostly as it is; else with something missing, repeated, exchanged or added."""
        line = list(line)
        if chance.random() > self.wildness:
            return line
        for _ in range(chance.choice([1, 1, 2, 4])):
            place = chance.randrange(min(words, len(line)), len(line) + 1)
            how = chance.randrange(5)
            if how == 0:
                line[place:place + 1] = []
            elif how == 1 and place < len(line):
                line[place:place] = line[place:place + 2]
            elif how == 2:
                line.insert(place, chance.choice(self.flags))
            elif how == 3:
                line.insert(place, chance.choice(TEXTS))
            elif place < len(line):
                other = chance.randrange(min(words, len(line)), len(line))
                line[place], line[other] = line[other], line[place]
        return line

    def value(self, placeholder, name, chance):
        """A value for what help calls <placeholder>: as often wrong or hostile as the case is wild."""
        if chance.random() < self.wildness / 6:
            return chance.choice(TEXTS)
        kind = f"{name} {placeholder}".lower()
        for words, good, bad in KINDS:
            if any(word in kind for word in words):
                return self.filled(chance.choice(bad if bad and chance.random() < self.wildness else good), chance)
        return chance.choice(["0", "1", "2"] if chance.random() > self.wildness else NUMBERS)

    def filled(self, value, chance):
        """Some values have a part that is made here."""
        if value is URL:
            text = chance.choice(BAD_URLS if chance.random() < self.wildness else URLS)
            if text is LIAR:
                return f"{LIAR}/{chance.randrange(1 << 30)}"
            return "@URL@" if any(f"//{name}:" in text for name in LOOKED_UP) and chance.random() < 0.9 else text
        if value is WITNESS:
            return f"{self.filled(URL, chance)}={chance.choice(VERIFIERS)}"
        if value is HOST:
            return self.host(chance)
        return f"{self.host(chance)}:{chance.choice(PORTS)}" if value is ADDRESS else value

    def host(self, chance):
        host = chance.choice(["127.0.0.1", "127.0.0.1", "localhost", "::1", *HOSTS])
        return "127.0.0.1" if host in LOOKED_UP and chance.random() < 0.9 or host == "" else host

    def environment(self, chance):
        found = {}
        while chance.random() < 0.3:
            name = chance.choice(self.interface.variables)
            found[name] = self.value(name.removeprefix("CAIRN_").lower().replace("_", "-"), "", chance).replace(
                "\0", "")
        while chance.random() < 0.1:
            found[chance.choice(OTHER_VARIABLES)] = chance.choice(TEXTS + NUMBERS)
        if found.get("CAIRN_URL") == "":
            del found["CAIRN_URL"]
        return found

    def damaged(self, text, chance):
        """The text with something in it that is another."""
        for _ in range(chance.choice([1, 1, 2, 3])):
            start = chance.randrange(len(text) + 1)
            end = min(len(text), start + chance.choice([0, 1, 2, 8, 64]))
            text = chance.choice([
                lambda: text[:start] + chance.choice(TEXTS + NUMBERS) + text[end:], lambda: text[:start] + text[end:],
                lambda: text[:end] + text[start:], lambda: text[:start], lambda: text * 2,
                lambda: re.sub(r"[0-9]+", lambda found: chance.choice([found[0], chance.choice(NUMBERS)]), text),
                lambda: re.sub(r"[A-Za-z0-9+/]{20,}", lambda found: chance.choice([found[0], found[0][:-1], ""]), text)])()
        return text

    def input(self, chance):
        if chance.random() < 0.7:
            return ""
        return chance.choice(["\n", "\n\n"]).join(
            chance.choice(RECORDS + TEXTS) for _ in range(chance.randrange(1, 20)))

    def configuration(self, chance):
        """A configuration file: right names with right and wrong values, or no JSON object."""
        if chance.random() < 0.3:
            return chance.choice(RECORDS + TEXTS +
                                 ["[]", "{}", '{"port":0,"port":1}', '{"no_such":1}', "{" * 10_000, '{"a":' * 10_000])
        content = {}
        for _ in range(chance.randrange(1, 6)):
            name = chance.choice(self.interface.settings)
            value = self.value(name.replace("_", "-"), "", chance)
            content[name] = chance.choice([
                value, value, [value], [value, value], 0, -1, 1.5, 65536, 1e300, 2**64, True, None, {}, [], [[]],
                [None]
            ])
        content.setdefault("port", 0)
        return json.dumps(content)
