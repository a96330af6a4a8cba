"""What the tests of the release share: the program under test, nodes and clusters that end with their test.

They run the very binary that ships, named by --binary, and believe nothing but what it prints, answers and leaves on disk.
A test of a fault from docs/faults.md has the fault's name in its own: test_b2_….
"""
import os
import pathlib
import subprocess
import sys
import types

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "cluster"))
from cluster import Cluster, free_ports  # noqa: E402
from process import Node  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--binary", default=str(ROOT / ".build/release/cairn"), help="the program under test")


@pytest.fixture(scope="session")
def binary(request):
    return str(pathlib.Path(request.config.getoption("--binary")).resolve())


@pytest.fixture(scope="session")
def options(binary, tmp_path_factory):
    """What the classes of scripts/cluster want to know."""
    return types.SimpleNamespace(binary=binary, founded=str(tmp_path_factory.mktemp("founded")))


@pytest.fixture
def cairn(binary, tmp_path):
    """Runs a command of the program to its end, in the test's own folder. Never raises for a status: the test looks."""
    def run(*arguments, input=None, env=None, timeout=120, wrapper=(), cwd=tmp_path):
        return subprocess.run(
            [*wrapper, binary, *map(str, arguments)], input=input, capture_output=True, text=isinstance(input, str) or input is None,
            timeout=timeout, cwd=cwd, env={**os.environ, **(env or {})})
    return run


@pytest.fixture
def make_node(options, tmp_path):
    """Makes a node, that isn't started, in a directory of the test's own: `make_node().start([])`. Ends it with the test."""
    made = []

    def make(data=None):
        number = len(made) + 1
        made.append(Node(options, number, data or tmp_path / f"node{number}", "127.0.0.1", *free_ports(2)))
        return made[-1]
    yield make
    for node in made:
        if node.is_running:
            node.kill()


@pytest.fixture
def node(make_node):
    """One running node of a ledger of its own."""
    node = make_node()
    node.start([])
    return node


@pytest.fixture
def make_cluster(options, tmp_path):
    """Founds and starts a cluster: `make_cluster(4, "bft")`. Ends it with the test."""
    made = []

    def make(count, fault_model="majority", start=True):
        folder = tmp_path / f"cluster{len(made)}"
        made.append(Cluster(options, folder, count, fault_model))
        return made[-1].start() if start else made[-1]
    yield make
    for cluster in made:
        cluster.kill()
