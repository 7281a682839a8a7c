#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The other end of --console-socket and --pidfd-socket: takes one descriptor from a socket.

  receive_fd.py SOCKET [WHAT]

  print          what is written to the terminal, until nobody has it open any more (the default)
  type:TEXT      the same, after TEXT and a newline were typed
  name           the name of the file, and of a pidfd the process
  hold           never reads it, and keeps it open
  drop           ends at once

Who sees the socket can connect. It ends by itself when nobody does for 20 seconds, or nothing is sent."""
import array
import os
import socket
import sys
import time


def receive(path):
    server = socket.socket(socket.AF_UNIX)
    server.settimeout(20)
    os.chdir(os.path.dirname(path))  # a short name for a long directory
    name = os.path.basename(path)
    server.bind(name + ".new")
    server.listen(1)
    os.rename(name + ".new", name)
    peer, _ = server.accept()
    _, control, _, _ = peer.recvmsg(100, socket.CMSG_SPACE(4))
    return array.array("i", control[0][2][:4])[0] if control else sys.exit(0)


def show(terminal):
    try:
        while data := os.read(terminal, 4096):
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
    except OSError:
        pass


def tell_name(fd):
    with open(f"/proc/self/fdinfo/{fd}") as info:
        pids = [line.split()[1] for line in info if line.startswith("Pid:")]
    print(os.readlink(f"/proc/self/fd/{fd}"), *pids)


def main():
    fd = receive(sys.argv[1])
    what, _, text = (sys.argv[2] if len(sys.argv) > 2 else "print").partition(":")
    if what == "type":
        os.write(fd, text.encode() + b"\n")
    if what in ("print", "type"):
        show(fd)
    elif what == "name":
        tell_name(fd)
    elif what == "hold":
        time.sleep(1000)


main()
