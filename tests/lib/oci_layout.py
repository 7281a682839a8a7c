#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""oci_layout.py DIR NAME LAYER.tar...: an OCI image layout of gzip layers; the last argument is the top layer.

With --docker FILE instead of DIR: a docker-archive tar of the same image.
"""

import gzip
import hashlib
import io
import json
import os
import platform
import sys
import tarfile

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def config_of(layers):
    return json.dumps({
        "created": "2024-05-01T12:00:00Z",
        "architecture": ARCHITECTURE,
        "os": "linux",
        "config": {
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "FROM_IMAGE=yes"],
            "Cmd": ["/bin/sh"],
            "Labels": {"org.example.test": "lighter"},
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]},
        "history": [{"created": "2024-05-01T12:00:00Z", "created_by": "test"} for _ in layers],
    }).encode()


class Layout:
    def __init__(self, directory):
        self.blobs = os.path.join(directory, "blobs", "sha256")
        os.makedirs(self.blobs, exist_ok=True)
        self.directory = directory

    def add(self, data, media_type):
        with open(os.path.join(self.blobs, digest(data)[7:]), "wb") as f:
            f.write(data)
        return {"mediaType": media_type, "digest": digest(data), "size": len(data)}

    def write(self, name, data):
        with open(os.path.join(self.directory, name), "wb") as f:
            f.write(data)


def write_layout(directory, name, layers):
    layout = Layout(directory)
    config = layout.add(config_of(layers), "application/vnd.oci.image.config.v1+json")
    descriptors = [layout.add(gzip.compress(layer, 6, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip")
                   for layer in layers]
    manifest = layout.add(json.dumps({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config,
        "layers": descriptors,
    }).encode(), "application/vnd.oci.image.manifest.v1+json")
    manifest["annotations"] = {"org.opencontainers.image.ref.name": name}
    manifest["platform"] = {"architecture": ARCHITECTURE, "os": "linux"}
    layout.write("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
    layout.write("index.json", json.dumps({"schemaVersion": 2, "manifests": [manifest]}).encode())


def write_docker_archive(path, name, layers):
    config = config_of(layers)
    files = {digest(config)[7:] + ".json": config}
    names = []
    for i, layer in enumerate(layers):
        names.append("%d/layer.tar" % i)
        files[names[-1]] = layer
    files["manifest.json"] = json.dumps([{
        "Config": digest(config)[7:] + ".json", "RepoTags": [name], "Layers": names}]).encode()
    with tarfile.open(path, "w") as archive:
        for member, data in files.items():
            info = tarfile.TarInfo(member)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def main(argv):
    write = write_layout
    if argv[1] == "--docker":
        write = write_docker_archive
        argv = argv[1:]
    layers = []
    for path in argv[3:]:
        with open(path, "rb") as f:
            layers.append(f.read())
    write(argv[1], argv[2], layers)


if __name__ == "__main__":
    main(sys.argv)
