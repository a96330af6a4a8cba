"""Wall clocks that step while a process runs, by a library that is loaded before the others (clock.c)."""
import pathlib
import shutil
import struct
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parent / "clock.c"


def compiler():
    return shutil.which("cc") or shutil.which("clang")


def why_not():
    """Why there can be no such clocks here; None when there can."""
    return None if compiler() else "there is no C compiler"


class Clock:
    """A clock that a process is started with: `node.environment = clock.environment`. It begins at the machine's time."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.path, library = folder / "clock", folder / "clock.so"
        subprocess.run([compiler(), "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE)], check=True)
        self.path.write_bytes(bytes(8))
        self.environment = {"LD_PRELOAD": str(library), "CAIRN_TEST_CLOCK": str(self.path)}

    def set(self, seconds):
        """Steps to so far ahead of the machine's time, or behind. The process sees it at once."""
        with open(self.path, "r+b") as file:
            file.write(struct.pack("=q", round(seconds * 1e9)))
