#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A seccomp agent: takes one container process state after the other from a socket and answers what the filter asks.

  seccomp_agent.py SOCKET OUT [CALL=ANSWER...]     CALL: a number; ANSWER: an errno as -N, a value, or `continue`

Each state is appended to OUT as one line of JSON, with the number of descriptors and the bytes that came first.
Calls that are not named continue. It ends when its standard input does."""
import array
import ctypes
import errno
import fcntl
import json
import os
import select
import socket
import struct
import sys

RECV, SEND, CONTINUE = 0xC0502100, 0xC0182101, 1
NOTIF = 80  # struct seccomp_notif


def receive(connection):
    """One state: the text until the end of the connection, the descriptors of the first message."""
    text, fds, first = b"", [], None
    while True:
        data, control, _, _ = connection.recvmsg(1 << 16, socket.CMSG_SPACE(16))
        for level, kind, value in control:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds += array.array("i", value[:len(value) - len(value) % 4])
        first = len(data) if first is None else first
        if not data:
            return text, fds, first
        text += data


def answer(fd, answers):
    request = bytearray(NOTIF)
    try:
        fcntl.ioctl(fd, RECV, request)
    except OSError as e:
        return e.errno in (errno.EINTR, errno.ENOENT)
    ident, _, _, call = struct.unpack_from("=QIIi", request)
    said = answers.get(call, "continue")
    if said == "continue":
        response = struct.pack("=QqiI", ident, 0, 0, CONTINUE)
    elif said.startswith("-"):
        response = struct.pack("=QqiI", ident, 0, int(said), 0)
    else:
        response = struct.pack("=QqiI", ident, int(said), 0, 0)
    try:
        fcntl.ioctl(fd, SEND, response)
    except OSError:
        pass
    return True


def main():
    path, out = sys.argv[1:3]
    answers = {int(call): said for call, said in (word.split("=") for word in sys.argv[3:])}
    server = socket.socket(socket.AF_UNIX)
    # A short name for a long directory.
    os.chdir(os.path.dirname(path))
    server.bind(os.path.basename(path) + '.new')
    server.listen(8)
    os.rename(os.path.basename(path) + '.new', os.path.basename(path))  # who sees it can connect
    poller = select.poll()
    poller.register(server, select.POLLIN)
    poller.register(0, select.POLLIN)
    while True:
        for fd, events in poller.poll():
            if fd == 0:
                return
            if fd == server.fileno():
                connection, _ = server.accept()
                text, fds, first = receive(connection)
                with open(out, "a") as lines:
                    lines.write(json.dumps({"state": json.loads(text), "fds": len(fds), "first": first,
                                            "link": [os.readlink(f"/proc/self/fd/{n}") for n in fds]}) + "\n")
                for listener in fds:
                    poller.register(listener, select.POLLIN)
            elif not events & select.POLLIN or not answer(fd, answers):
                poller.unregister(fd)
                os.close(fd)


main()
