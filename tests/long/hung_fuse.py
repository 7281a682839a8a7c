# SPDX-License-Identifier: Apache-2.0
"""A FUSE file system whose server hangs: hung_fuse.py DIRECTORY. Its root can be looked at, every name in it never answers."""
import ctypes
import os
import struct
import sys

INIT, GETATTR, STATFS, ACCESS, OPENDIR, RELEASEDIR = 26, 3, 17, 34, 27, 29
fuse = os.open("/dev/fuse", os.O_RDWR)
libc = ctypes.CDLL(None, use_errno=True)
options = f"fd={fuse},rootmode=40755,user_id=0,group_id=0,allow_other".encode()
if libc.mount(b"hung", sys.argv[1].encode(), b"fuse", 0, options) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
attributes = struct.pack("<QQQQQQIIIIIIIIII", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0o40755, 2, 0, 0, 0, 4096, 0)[:88]
answers = {
    INIT: struct.pack("<IIIIHHIIHHI", 7, 31, 65536, 0, 12, 9, 65536, 1, 0, 0, 0) + bytes(28),
    GETATTR: struct.pack("<QII", 1000, 0, 0) + attributes,
    STATFS: bytes(80),
    ACCESS: b"",
    OPENDIR: bytes(16),
    RELEASEDIR: b"",
}
while True:
    try:
        request = os.read(fuse, 1 << 17)
    except OSError:  # the last mount is gone
        sys.exit(0)
    _, operation, unique = struct.unpack_from("<IIQ", request)
    if operation in answers:
        body = answers[operation]
        os.write(fuse, struct.pack("<IiQ", 16 + len(body), 0, unique) + body)
    else:
        print("hangs", operation, flush=True)
