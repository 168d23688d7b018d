#!/usr/bin/python3
"""hold_ports.py COUNT: ports of 127.0.0.1 that stay ours while a server on them comes and goes.

The kernel chooses them. They are bound with SO_REUSEADDR and not listened on: whoever asks for one of
them by its number may have it, and the kernel gives it to nobody else, be it a listener with port 0, the
near end of a connection, or a client that would otherwise meet itself. Prints them, a line each, and
holds them until standard input ends.
"""
import os
import socket
import sys

held = []
for _ in range(int(sys.argv[1])):
    held.append(socket.socket())
    held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held[-1].bind(("127.0.0.1", 0))
os.write(1, "".join("%d\n" % one.getsockname()[1] for one in held).encode())
os.close(1)
sys.stdin.read()
