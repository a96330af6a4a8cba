"""Reads commands, flags and arguments from the program's own help, so that new ones are tried as soon as they exist."""
import dataclasses
import re
import subprocess

OPTION = re.compile(r"^  (?:(-[a-zA-Z]), )?(--[a-z][a-z-]*)(?: <([^>]+)>)?(?:\s|$)")
ARGUMENT = re.compile(r"^  <([^>]+)>(?:\s|$)")
SUBCOMMAND = re.compile(r"^  ([a-z][a-z-]*)(?: \(default\))?(?:\s|$)")
VARIABLE = re.compile(r"\b(CAIRN_[A-Z_]+)\b")
SETTING = re.compile(r'^  CAIRN_[A-Z_]+\s+"([a-z_]+)"', re.MULTILINE)


@dataclasses.dataclass
class Command:
    """words: `["members", "add"]`. options: name to the placeholder of its value, None for a flag. arguments: placeholders."""
    words: list
    options: dict
    arguments: list


@dataclasses.dataclass
class Interface:
    commands: list
    variables: list  # of the environment
    settings: list  # names in a configuration file


def read_interface(binary):
    interface = Interface([], set(), set())
    look_at(binary, [], interface)
    interface.variables = sorted(interface.variables)
    interface.settings = sorted(interface.settings)
    return interface


def look_at(binary, words, interface):
    text = subprocess.run([binary, "help", *words], capture_output=True, text=True, timeout=60, check=True).stdout
    interface.variables |= set(VARIABLE.findall(text))
    interface.settings |= set(SETTING.findall(text))
    command, part, found = Command(words, {}, []), "", []
    for line in text.splitlines():
        if line and not line.startswith(" "):
            part = line.rstrip(":")
        elif match := (part.endswith("SUBCOMMANDS") and SUBCOMMAND.match(line)):
            found.append(match[1])
        elif match := (part == "OPTIONS" and OPTION.match(line)):
            for name in filter(None, match.group(1, 2)):
                command.options[name] = match[3]
        elif match := (part == "ARGUMENTS" and ARGUMENT.match(line)):
            command.arguments.append(match[1])
    interface.commands.append(command)
    for name in found:
        if name != "help":
            look_at(binary, [*words, name], interface)
