#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile_archive.py KIND LAYOUT FILE: an archive for `load`, made of an honest OCI layout, that tries to leave the staging
directory, to point at what it does not hold, or to cost without end."""

import hashlib
import io
import json
import os
import sys
import tarfile

INDEX = "application/vnd.oci.image.index.v1+json"


class Archive:
    def __init__(self, layout, path):
        self.tar = tarfile.open(path, "w", format=tarfile.PAX_FORMAT)
        self.layout = layout
        with open(os.path.join(layout, "index.json"), "rb") as f:
            self.index = json.load(f)
        self.manifest = json.loads(self.read(self.index["manifests"][0]["digest"]))

    def read(self, digest):
        with open(os.path.join(self.layout, "blobs/sha256", digest[7:]), "rb") as f:
            return f.read()

    def file(self, name, data):
        info = tarfile.TarInfo(name)
        info.size = len(data)
        self.tar.addfile(info, io.BytesIO(data))

    def link(self, name, target, kind=tarfile.SYMTYPE):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        self.tar.addfile(info)

    def blob(self, document, media_type=INDEX):
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        digest = hashlib.sha256(data).hexdigest()
        self.file("blobs/sha256/" + digest, data)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data)}

    def blobs(self, leave=()):
        for name in os.listdir(os.path.join(self.layout, "blobs/sha256")):
            if name not in leave:
                self.file("blobs/sha256/" + name, self.read("sha256:" + name))

    def oci(self, manifests):
        self.file("oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
        self.file("index.json", json.dumps({"schemaVersion": 2, "manifests": manifests}).encode())

    def honest(self):
        self.blobs()
        self.oci(self.index["manifests"])

    def docker(self, **changes):
        image = {"Config": "config.json", "RepoTags": ["evil:one"], "Layers": ["0.tar"]}
        image.update(changes)
        self.file("manifest.json", json.dumps([image]).encode())


def dotdot(a):
    for name in ("../canary", "../../../../../../../../canary", "/canary", "blobs/../../canary", "a/../../../canary"):
        a.file(name, b"out\n")
    a.link("out", "..")
    a.file("out/canary", b"out\n")
    a.honest()


def blob_dotdot(a):
    a.file("blobs/sha256/../../../canary", b"out\n")
    a.honest()


def linked_manifest(a):
    a.link("manifest.json", "/etc/passwd")


def linked_config(a):
    a.link("config.json", "../../../../../../../../etc/passwd")
    a.docker(Layers=[])


def linked_layer(a):
    a.file("config.json", a.read(a.manifest["config"]["digest"]))
    a.link("0.tar", "/proc/self/mem", tarfile.LNKTYPE)
    a.docker()


def linked_blob(a):
    layer = a.manifest["layers"][0]["digest"][7:]
    a.blobs(leave=[layer])
    a.link("blobs/sha256/" + layer, a.manifest["layers"][1]["digest"][7:])
    a.oci(a.index["manifests"])


def link_loop(a):
    a.link("manifest.json", "other.json")
    a.link("other.json", "manifest.json")


def self_config(a):
    a.docker(Config="manifest.json", Layers=["manifest.json"])


def deep_index(a):
    a.blobs()
    inner = {"schemaVersion": 2, "manifests": a.index["manifests"]}
    for _ in range(4):
        inner = {"schemaVersion": 2, "manifests": [a.blob(inner)]}
    a.oci(inner["manifests"])


def wide_index(a):
    a.blobs()
    wide = [dict(a.index["manifests"][0], annotations={"org.opencontainers.image.ref.name": "evil:%d" % i}) for i in range(3000)]
    inner = a.blob({"schemaVersion": 2, "manifests": wide})
    a.oci([inner] * 3000)


def self_layer(a):
    """A manifest whose layer and config are one another."""
    a.blobs()
    config = a.manifest["config"]
    a.oci([dict(a.blob(dict(a.manifest, config=config, layers=[dict(config, mediaType="x")] * 3), "m"))])


def both(a):
    a.blobs()
    a.oci([a.blob(dict(a.manifest, manifests=a.index["manifests"]), "m")])


def wrong_size(a):
    a.blobs()
    a.oci([dict(a.index["manifests"][0], size=7)])


def many_members(a):
    for i in range(9000):
        a.file("member-%d" % i, b"")


def deep_json(a):
    a.file("oci-layout", b"{}")
    a.file("index.json", b'{"manifests":' * 10000 + b"1" + b"}" * 10000)


def large_index(a):
    a.file("oci-layout", b"{}")
    a.file("index.json", b'{"manifests": [' + b" " * (8 << 20) + b"]}")


def bad_names(a):
    a.blobs()
    names = ["evil:\x1b[2J", "../../etc:x", "e" * 5000 + ":x", "UPPER:x", "evil:" + "t" * 200, "a//b:c"]
    a.oci([dict(a.index["manifests"][0], annotations={"org.opencontainers.image.ref.name": name}) for name in names])


def nul_name(a):
    a.blobs()
    a.oci([dict(a.index["manifests"][0], annotations={"org.opencontainers.image.ref.name": "evil:a\0b"})])


def digest_dotdot(a):
    a.blobs()
    a.oci([dict(a.index["manifests"][0], digest="sha256:../../../../etc/passwd")])


archive = Archive(sys.argv[2], sys.argv[3])
globals()[sys.argv[1].replace("-", "_")](archive)
archive.tar.close()
