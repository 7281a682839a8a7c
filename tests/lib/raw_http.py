#!/usr/bin/env python3
"""Sends bytes to a server as they are and prints what comes back until it closes.

usage: raw_http.py HOST:PORT [--drip SECONDS | --sleep SECONDS | --cut | --hold] TEXT [FILE BYTES]

TEXT has printf's \\r and \\n; so many bytes of FILE follow it. --drip: a byte at a time. --sleep: reads nothing for a while.
--cut: closes after sending. --hold: waits on an open connection, until it is killed."""
import socket
import sys
import time

host, _, port = sys.argv[1].rpartition(":")
words = sys.argv[2:]
mode = words.pop(0) if words[0].startswith("--") else ""
seconds = float(words.pop(0)) if mode in ("--drip", "--sleep") else 0
data = words[0].replace("\\r", "\r").replace("\\n", "\n").encode()
if len(words) > 1:
    with open(words[1], "rb") as f:
        data += f.read(int(words[2]))
out = sys.stdout.buffer
s = socket.create_connection((host, int(port)))
s.settimeout(30)
try:
    for piece in [data[i:i + 1] for i in range(len(data))] if mode == "--drip" else [data]:
        s.sendall(piece)
        time.sleep(seconds)
    if mode == "--cut":
        sys.exit(0)
    while True:
        some = s.recv(65536)
        if not some and mode == "--hold":
            time.sleep(1000)
        if not some:
            break
        out.write(some)
        out.flush()
except (BrokenPipeError, ConnectionResetError):
    s.settimeout(1)
    try:
        out.write(s.recv(65536))
    except OSError:
        pass
