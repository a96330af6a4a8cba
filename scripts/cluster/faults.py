"""What `scripts/soak` does to a cluster while it goes on: one fault at a time, so that a quorum is always there."""
import os
import pathlib
import random
import shutil
import signal
import subprocess

import check
import clock
from process import Failure, wait_for

FAULTS = {}


def fault(name, why_not=lambda: None):
    def register(function):
        FAULTS[name] = (function, why_not)
        return function
    return register


def schedule(seed, count):
    """So many (name, seed of its choices): all kinds in turn, in an order that is another each time round."""
    chance, names, planned = random.Random(seed), [name for name, (_, why_not) in FAULTS.items() if not why_not()], []
    while len(planned) < count:
        chance.shuffle(names)
        planned += [(name, chance.randrange(1 << 32)) for name in names]
    return planned[:count]


def no_small_disks():
    return None if os.geteuid() == 0 else "mounting a small disk needs root"


def back(soak, node):
    """Waits until a node is what it was: it has its links and all that the others have."""
    wait_for(f"{node} has its links again", lambda: node.status["links"] >= len(soak.members) - 1)
    check.agree_roughly([soak.steady, node])


def down(soak, node, end, chance):
    with soak.may_be_down(node):
        end()
        soak.rest(chance.uniform(0.2, 0.5))
        node.start(soak.nodes)
    back(soak, node)


@fault("kill -9 of a member")
def kill(soak, chance):
    node = chance.choice(soak.members[1:])
    down(soak, node, node.kill, chance)


@fault("kill -9 of the leader")
def kill_leader(soak, chance):
    proposer = soak.steady.get("/v1/blocks/head")["proposer"]
    node = next((node for node in soak.members[1:] if node.key == proposer), soak.members[1])
    down(soak, node, node.kill, chance)


@fault("restart of a member")
def restart(soak, chance):
    node = chance.choice(soak.members[1:])
    down(soak, node, node.stop, chance)


@fault("kill -9 of the follower")
def kill_follower(soak, chance):
    down(soak, soak.follower, soak.follower.kill, chance)


@fault("a new follower begins with a snapshot")
def renew_follower(soak, chance):
    """In place of the old one, at its addresses, with a new key: nodes must not go on looking for those that are gone."""
    with soak.may_be_down(soak.follower):
        soak.follower.stop()
        shutil.rmtree(soak.follower.data)
        soak.follower.start(soak.nodes)
    back(soak, soak.follower)


@fault("a member stands still")
def pause(soak, chance):
    node = chance.choice(soak.members[1:])
    with soak.may_be_down(node):
        node.signal(signal.SIGSTOP)
        soak.rest(chance.uniform(0.3, 0.8))
        node.signal(signal.SIGCONT)
    back(soak, node)


@fault("the witness stands still")
def pause_witness(soak, chance):
    soak.witness.process.send_signal(signal.SIGSTOP)
    soak.rest(chance.uniform(0.3, 0.8))
    soak.witness.process.send_signal(signal.SIGCONT)


@fault("a clock steps", why_not=clock.why_not)
def clock_steps(soak, chance):
    """One member's clock, forth or back, and after a while as far back or forth. Time-outs go by another clock."""
    soak.clock.set(chance.choice([1, -1, 5, 20, -60]))
    soak.rest(0.6)
    soak.clock.set(0)
    back(soak, soak.timed)


@fault("a full disk", why_not=no_small_disks)
def full_disk(soak, chance):
    node, filler = soak.small, pathlib.Path(soak.small.data, "filler")
    # Without a buffer: what stayed in one would have to be written when the file is closed.
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65_536))
        except OSError:
            pass
    soak.rest(chance.uniform(0.3, 0.6))
    filler.unlink()
    back(soak, node)


def mount(folder, megabytes):
    os.makedirs(folder)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"can't mount a small disk: {done.stderr}")
