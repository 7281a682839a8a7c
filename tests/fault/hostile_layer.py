#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile_layer.py KIND FILE: a layer's tar that tries to leave its directory, or to confuse who unpacks it."""

import io
import sys
import tarfile


def entry(name, kind=tarfile.REGTYPE, link="", data=b"", **more):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = link
    info.size = len(data)
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    for key, value in more.items():
        setattr(info, key, value)
    return info, data


KINDS = {
    # A link to the directory above the layer's root, then a file through it.
    "link-up": [entry("link", tarfile.SYMTYPE, ".."), entry("link/canary", data=b"out\n")],
    "link-absolute": [entry("link", tarfile.SYMTYPE, "/etc"), entry("link/canary", data=b"out\n")],
    "dotdot": [entry("../canary", data=b"out\n")],
    "dotdot-inside": [entry("a", tarfile.DIRTYPE), entry("a/../../canary", data=b"out\n")],
    "hardlink-up": [entry("canary", tarfile.LNKTYPE, "../../../../../../etc/passwd")],
    "hardlink-through": [entry("link", tarfile.SYMTYPE, "/etc"), entry("canary", tarfile.LNKTYPE, "link/passwd")],
    "whiteout-up": [entry(".wh...", data=b"")],
    "whiteout-empty": [entry(".wh.", data=b"")],
    "replaced-directory": [entry("a", tarfile.DIRTYPE), entry("a", tarfile.SYMTYPE, "/etc"),
                           entry("a/canary", data=b"out\n")],
    "huge-id": [entry("file", data=b"x", uid=4294967295)],
    "large-id": [entry("file", data=b"x", uid=2000000)],
    "device": [entry("dev", tarfile.DIRTYPE), entry("dev/null2", tarfile.CHRTYPE, devmajor=1, devminor=3, mode=0o666),
               entry("pipe", tarfile.FIFOTYPE)],
    "capability": [entry("program", data=b"#!/bin/sh\n", mode=0o755, pax_headers={
        "SCHILY.xattr.security.capability": b"\x01\0\0\x02\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0".decode("latin-1")})],
    "overlay-attribute": [entry("a", tarfile.DIRTYPE, pax_headers={
        "SCHILY.xattr.trusted.overlay.redirect": "/etc", "SCHILY.xattr.user.overlay.opaque": "y"})],
}

with tarfile.open(sys.argv[2], "w", format=tarfile.PAX_FORMAT) as archive:
    for info, data in KINDS[sys.argv[1]]:
        archive.addfile(info, io.BytesIO(data))
