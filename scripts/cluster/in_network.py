"""Runs a command in a network namespace of its own: in_network.py ADDRESS SOCKET COMMAND…

Makes a TUN device with the address there, sends its other end over the socket, and becomes the command.
"""
import os
import socket
import subprocess
import sys

import network


def main():
    address, ours = sys.argv[1], socket.socket(fileno=int(sys.argv[2]))
    network.enter_own_network()
    device = network.open_device(address)
    socket.send_fds(ours, [b"device"], [device])
    os.close(device)
    ours.close()
    os.execvp(sys.argv[3], sys.argv[3:])


try:
    main()
except (OSError, subprocess.CalledProcessError) as error:
    sys.exit(f"in_network.py: {error}")
