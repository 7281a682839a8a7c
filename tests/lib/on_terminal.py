#!/usr/bin/env python3
"""Runs a program on a pseudo-terminal and plays a user in front of it.

usage: on_terminal.py [-s ROWSxCOLUMNS] STEP... -- PROGRAM [ARG...]

Steps: expect:TEXT  wait until TEXT was printed (since the step before)
       send:TEXT    type it; \\xNN and \\n are understood
       size:RxC     resize the terminal
Everything printed goes to stdout; then a line "modes: same" or "modes: changed" (the terminal's modes before and after)
goes to stderr. The status is the program's, or 124 when a step did not happen within 20 seconds."""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

DEADLINE = 20


def resize(fd, text):
    rows, columns = map(int, text.split("x"))
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def read_some(master, until):
    """More output, b"" at its end, None when the time is up."""
    if not select.select([master], [], [], max(0, until - time.monotonic()))[0]:
        return None
    try:
        return os.read(master, 65536)
    except OSError:
        return b""


def show(data):
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def expect(master, text, seen):
    until = time.monotonic() + DEADLINE
    while text not in seen:
        data = read_some(master, until)
        if not data:
            sys.exit(f"on_terminal: '{text.decode()}' never came" if data is None else f"on_terminal: ended before '{text.decode()}'")
        show(data)
        seen += data
    return seen[seen.index(text) + len(text):]


def main():
    args = sys.argv[1:]
    size = "24x80"
    if args[0] == "-s":
        size = args[1]
        args = args[2:]
    split = args.index("--")
    steps, command = args[:split], args[split + 1:]
    master, slave = pty.openpty()
    resize(master, size)
    before = termios.tcgetattr(slave)
    pid = os.fork()
    if pid == 0:
        os.close(master)
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(slave, fd)
        os.execvp(command[0], command)
    seen = b""
    for step in steps:
        verb, _, text = step.partition(":")
        if verb == "expect":
            seen = expect(master, text.encode(), seen)
        elif verb == "send":
            os.write(master, text.encode().decode("unicode_escape").encode("latin-1"))
        elif verb == "size":
            resize(master, text)
        else:
            sys.exit(f"on_terminal: unknown step '{step}'")
    until = time.monotonic() + DEADLINE
    done = 0
    while True:
        if not done:
            done, status = os.waitpid(pid, os.WNOHANG)
        data = read_some(master, time.monotonic() + 0.02)
        if data:
            show(data)
        elif done:
            break
        if time.monotonic() > until:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
            sys.exit("on_terminal: the program did not end")
    print("modes:", "same" if termios.tcgetattr(slave) == before else "changed", file=sys.stderr)
    sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


main()
