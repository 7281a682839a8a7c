#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hostile_registry.py MODE LAYOUT PORTFILE: serves the first image of an OCI layout under any name, and lies as MODE says.

Modes: see the table at the end. The port is written to PORTFILE when the server listens; requests are logged to stdout,
one a line: method, path, the Authorization header or "-".
"""

import gzip
import hashlib
import http.server
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import urllib.parse

MODE, LAYOUT, PORTFILE = sys.argv[1:4]


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Image:
    """The manifest and blobs as they are served: first honest, then changed by the mode."""

    def __init__(self, layout):
        with open(os.path.join(layout, "index.json")) as f:
            descriptor = json.load(f)["manifests"][0]
        self.layout = layout
        self.manifest = json.loads(self.read(descriptor["digest"]))
        self.blobs = {d["digest"]: self.read(d["digest"])
                      for d in [self.manifest["config"]] + self.manifest["layers"]}

    def read(self, name):
        with open(os.path.join(self.layout, "blobs", "sha256", name[7:]), "rb") as f:
            return f.read()

    def last(self):
        return self.manifest["layers"][-1]

    def replace_last(self, data):
        self.last()["digest"] = digest(data)
        self.last()["size"] = len(data)
        self.blobs[digest(data)] = data

    def replace_config(self, change):
        config = json.loads(self.blobs[self.manifest["config"]["digest"]])
        change(config)
        data = json.dumps(config).encode()
        self.manifest["config"]["digest"] = digest(data)
        self.manifest["config"]["size"] = len(data)
        self.blobs[digest(data)] = data


def mode_digest(image):
    """The last layer is another layer of the right length, under the digest of the true one: content of a thief."""
    honest = image.blobs[image.last()["digest"]]
    other = gzip.compress(gzip.decompress(honest), 6, mtime=1)
    image.blobs[image.last()["digest"]] = other
    image.last()["size"] = len(other)


def mode_truncated(image):
    image.blobs[image.last()["digest"]] = image.blobs[image.last()["digest"]][:-10]


def mode_size_large(image):
    image.blobs[image.last()["digest"]] += b"x" * 100


def mode_size_says(image):
    image.last()["size"] -= 1


def mode_diffid(image):
    image.replace_config(lambda c: c["rootfs"]["diff_ids"].__setitem__(-1, "sha256:" + "0" * 64))


def mode_fewer_diffids(image):
    image.replace_config(lambda c: c["rootfs"]["diff_ids"].pop())


def mode_garbage(image):
    image.replace_last(b"this is neither gzip nor tar" * 100)


def mode_config_type(image):
    image.replace_config(lambda c: c["config"].__setitem__("Env", "PATH=/bin"))


def mode_last_type(kind):
    """The last layer's descriptor says another media type."""
    return lambda image: image.last().__setitem__("mediaType", kind)


def mode_artifact(image):
    image.manifest["artifactType"] = "application/vnd.example.sbom"
    image.manifest["config"]["mediaType"] = "application/vnd.oci.empty.v1+json"


def mode_foreign(image):
    """The registry does not have the last layer: it lies elsewhere."""
    image.last()["mediaType"] = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
    image.last()["urls"] = ["http://127.0.0.1:%d/elsewhere/blobs/%s" % (OTHER[0], image.last()["digest"])]


def mode_gzip_bomb(image):
    """A gigabyte of zeros as a file of a layer, packed twice: more than any honest one packs."""
    import io
    import tarfile
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo("zeros")
        info.size = 256 << 20
        tar.addfile(info, io.BytesIO(bytes(info.size)))
    image.replace_last(subprocess.run(["zstd", "-19", "-qc"], input=out.getvalue(), capture_output=True, check=True).stdout)
    image.last()["mediaType"] = "application/vnd.oci.image.layer.v1.tar+zstd"


def mode_zstd_window(image):
    """A frame that wants a window of 1 GiB."""
    data = gzip.decompress(image.blobs[image.last()["digest"]])
    image.replace_last(subprocess.run(["zstd", "--ultra", "-22", "--long=30", "-qc"], input=data, capture_output=True,
                                      check=True).stdout)
    image.last()["mediaType"] = "application/vnd.oci.image.layer.v1.tar+zstd"


def mode_zstd_frames(image):
    """An honest layer of several frames."""
    data = gzip.decompress(image.blobs[image.last()["digest"]])
    image.replace_last(b"".join(subprocess.run(["zstd", "-qc"], input=part, capture_output=True, check=True).stdout
                                for part in (data[:5000], data[5000:])))
    image.last()["mediaType"] = "application/vnd.oci.image.layer.v1.tar+zstd"


def mode_gzip_members(image):
    """An honest layer of several members."""
    data = gzip.decompress(image.blobs[image.last()["digest"]])
    image.replace_last(gzip.compress(data[:5000]) + gzip.compress(data[5000:]))


def mode_plain(image):
    """An honest layer without compression."""
    image.replace_last(gzip.decompress(image.blobs[image.last()["digest"]]))
    image.last()["mediaType"] = "application/vnd.oci.image.layer.v1.tar"


def mode_none(image):
    pass


CHANGES = {
    "honest": mode_none, "digest": mode_digest, "truncated": mode_truncated, "size-large": mode_size_large,
    "size-says": mode_size_says, "diffid": mode_diffid, "fewer-diffids": mode_fewer_diffids, "garbage": mode_garbage,
    "config-type": mode_config_type,
    # These change no content but how it is sent; see Handler.
    "stall": mode_none, "stall-manifest": mode_none, "cut": mode_none, "redirect-loop": mode_none, "redirect-host": mode_none,
    "manifest-bomb": mode_none, "not-json": mode_none, "unauthorized": mode_none, "error-503": mode_none, "token": mode_none,
    "realm-elsewhere": mode_none, "token-newline": mode_none,
    "encrypted": mode_last_type("application/vnd.oci.image.layer.v1.tar+gzip+encrypted"),
    "unknown-layer": mode_last_type("text/plain"),
    "wrong-type": mode_last_type("application/vnd.oci.image.layer.v1.tar+zstd"),
    "artifact": mode_artifact, "foreign": mode_foreign, "gzip-bomb": mode_gzip_bomb, "zstd-window": mode_zstd_window,
    "zstd-frames": mode_zstd_frames, "gzip-members": mode_gzip_members, "plain": mode_plain,
    "order": mode_none, "once-429": mode_none, "long-429": mode_none, "once-503": mode_none, "once-reset": mode_none,
    "false-range": mode_none, "no-ranges": mode_none, "trickle": mode_none, "truncate-steps": mode_none,
    "chunked-lie": mode_none, "platforms": mode_none, "nested": mode_none, "index-loop": mode_none,
    "deep-json": mode_none, "nul": mode_none, "duplicate": mode_none, "control": mode_none,
    "expired": mode_none, "basic": mode_none, "wants-user": mode_none, "tags": mode_none,
    "manifest-100mb": mode_none, "wide-json": mode_none, "never-taken": mode_none, "basic-stall": mode_none, "realm-port": mode_none,
}

OTHER = []  # port of a second server, "another host"
IMAGE = None
MANIFEST = b""
OCI = "application/vnd.oci.image."


def say(*words):
    """One write a line: print makes two, and there are many threads."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def index_of(entries):
    return json.dumps({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": entries}).encode()


def described(data, kind, platform=None):
    entry = {"mediaType": OCI + kind + ".v1+json", "digest": digest(data), "size": len(data)}
    if platform:
        entry["platform"] = dict(zip(("os", "architecture", "variant"), platform.split("/")))
    return entry


def other_platform(name):
    """A manifest whose config says another platform, so that its digest differs."""
    manifest = json.loads(MANIFEST)
    config = json.loads(IMAGE.blobs[manifest["config"]["digest"]])
    config.update(dict(zip(("os", "architecture", "variant"), name.split("/"))))
    data = json.dumps(config).encode()
    IMAGE.blobs[digest(data)] = data
    manifest["config"].update(digest=digest(data), size=len(data))
    return json.dumps(manifest).encode()


def documents():
    """What manifests/TAG is in the modes that are about it; further documents go into BY_DIGEST."""
    machine = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}[os.uname().machine]
    if MODE in ("platforms", "nested"):
        entries = [described(b"{}", "manifest", "unknown/unknown")]
        for name in ("linux/s390x", "linux/arm/v6", "linux/arm/v7", machine):
            data = other_platform(name)
            BY_DIGEST[digest(data)] = data
            entries.append(described(data, "manifest", name))
        top = index_of(entries)
        for _ in range(2 if MODE == "nested" else 0):
            BY_DIGEST[digest(top)] = top
            top = index_of([described(top, "index")])
        return top
    if MODE == "index-loop":
        top = index_of([])
        for _ in range(8):
            BY_DIGEST[digest(top)] = top
            top = index_of([described(top, "index")])
        return top
    if MODE == "deep-json":
        return b'{"schemaVersion":2,"config":' + b"[" * 10000 + b"]" * 10000 + b',"layers":[]}'
    if MODE == "wide-json":
        return b'{"schemaVersion":2,"config":{},"layers":[' + b"0," * (2000 << 10) + b"0]}"
    if MODE == "nul":
        return MANIFEST.replace(b'"digest": "sha256:', b'"digest": "sha256:\\u0000', 1)
    if MODE == "control":
        return MANIFEST.replace(OCI.encode() + b"layer.v1.tar+gzip", b"x\\u001b[31m\\r\\n", 1)
    if MODE == "duplicate":  # the last of two counts, as in every other reader
        return MANIFEST.replace(b'"schemaVersion": 2', b'"schemaVersion": 1, "schemaVersion": 2', 1)
    return MANIFEST


BY_DIGEST = {}
SEEN = {}  # how often a thing was asked for
LOCK = threading.Condition()


def count(thing):
    with LOCK:
        SEEN[thing] = SEEN.get(thing, 0) + 1
        LOCK.notify_all()
        return SEEN[thing]


def sleep_for_ever():
    while True:
        time.sleep(3600)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        headers = getattr(self, "headers", None) or {}
        if headers.get("Range"):
            say("RANGE", self.path, headers["Range"])
        say(self.command, getattr(self, "path", "-"), headers.get("Authorization", "-"), self.server.server_port)

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def challenge(self, realm):
        self.answer(401, b"{}", WWW_Authenticate='Bearer realm="%s",service="test",scope="repository:x:pull"' % realm)

    def authorized(self):
        if MODE in ("token", "token-newline", "redirect-host") and self.headers.get("Authorization") != "Bearer secret-token":
            self.challenge("http://127.0.0.1:%d/token" % self.server.server_port)
            return False
        if MODE in ("realm-elsewhere", "realm-port"):
            self.challenge("http://127.0.0.1:%d/token" % OTHER[0])
            return False
        good = ("Bearer token-2",) if "/blobs/" in self.path else ("Bearer token-1", "Bearer token-2")
        if MODE == "never-taken" or (MODE == "expired" and self.headers.get("Authorization") not in good):
            self.answer(401, b"{}", WWW_Authenticate='Bearer realm="http://127.0.0.1:%d/token",error="invalid_token"'
                        % self.server.server_port)
            return False
        if MODE == "unauthorized" or (MODE in ("basic", "basic-stall") and self.headers.get("Authorization") != "Basic dXNlcjpzZWNyZXQ="):
            self.answer(401, b"{}", WWW_Authenticate='Basic realm="login"')
            return False
        if MODE == "wants-user" and self.headers.get("Authorization") != "Bearer for-user":
            self.challenge("http://127.0.0.1:%d/token" % self.server.server_port)
            return False
        return True

    def token(self):
        if MODE == "wants-user":
            if self.headers.get("Authorization") != "Basic dXNlcjpzZWNyZXQ=":
                return self.answer(401, b"{}")
            return self.answer(200, b'{"token": "for-user"}')
        if MODE in ("expired", "never-taken"):  # the second is good, for a while
            return self.answer(200, json.dumps({"token": "token-%d" % count("token")}).encode())
        token = "secret-token" if MODE != "token-newline" else "secret\r\nX-Injected: yes"
        return self.answer(200, json.dumps({"token": token}).encode())

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path == "/token":
            return self.token()
        if self.server.server_port in OTHER and "/blobs/" in path:
            return self.blob(path)
        if not self.authorized():
            return None
        if MODE == "error-503":
            return self.answer(503, b"busy")
        if MODE == "once-429" and count(path) == 1:
            return self.answer(429, b'{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}', Retry_After="1")
        if MODE == "long-429":
            return self.answer(429, b"", Retry_After="3600")
        if MODE == "once-503" and count(path) == 1:
            return self.answer(503, b"busy")
        if path.endswith("/tags/list"):
            return self.tags()
        if "/manifests/" in path:
            return self.do_manifest(path)
        if "/blobs/" in path:
            return self.do_blob(path)
        return self.answer(200, b"{}")

    do_HEAD = do_GET

    def do_manifest(self, path):
        if MODE == "stall-manifest":
            sleep_for_ever()
        if MODE == "redirect-loop":
            return self.answer(307, b"", Location=path + "?again")
        if MODE == "manifest-bomb":
            return self.answer(200, b" " * (32 << 20), Content_Type=IMAGE.manifest["mediaType"])
        if MODE == "not-json":
            return self.answer(200, b"<html>login</html>", Content_Type="text/html")
        if MODE == "manifest-100mb":
            return self.endless(100 << 20)
        name = path.rsplit("/", 1)[1]
        data = BY_DIGEST.get(name) if ":" in name and name in BY_DIGEST else TOP
        kind = json.loads(data).get("mediaType") if MODE not in ("deep-json", "nul") else IMAGE.manifest["mediaType"]
        return self.answer(200, data, Content_Type=kind, Docker_Content_Digest=digest(data))

    def endless(self, size):
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        try:
            for _ in range(size >> 16):
                self.wfile.write(b" " * (1 << 16))
        except OSError:
            say("GIVEN UP")
        self.close_connection = True

    def tags(self):
        """Two pages."""
        if "last=" in self.path:
            return self.answer(200, b'{"name": "x", "tags": ["three"]}')
        return self.answer(200, b'{"name": "x", "tags": ["one", "two"]}',
                           Link='</v2/%s/tags/list?last=two>; rel="next"' % self.path.split("/")[2])

    def do_blob(self, path):
        if MODE == "redirect-host":
            return self.answer(307, b"", Location="http://127.0.0.1:%d%s" % (OTHER[0], path))
        return self.blob(path)

    def blob(self, path):
        name = path.rsplit("/", 1)[1]
        data = IMAGE.blobs.get(name)
        if data is None:
            return self.answer(404, b"{}")
        if MODE == "foreign" and name == IMAGE.last()["digest"] and "/elsewhere/" not in path:
            return self.answer(404, b"{}")
        if MODE == "order" and name == IMAGE.manifest["layers"][0]["digest"]:
            with LOCK:  # not before the last layer is asked for
                LOCK.wait_for(lambda: SEEN.get(IMAGE.last()["digest"]), 60)
        times = count(name)
        if name == IMAGE.last()["digest"] and self.blob_in_mode(data, times):
            return None
        if self.headers.get("Range") and MODE != "no-ranges":
            return self.part(data)
        if name == IMAGE.last()["digest"] and MODE in ("stall", "cut", "basic-stall"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:len(data) // 2])
            self.wfile.flush()
            if MODE != "cut":
                say("STALLED")
                sleep_for_ever()
            self.close_connection = True
            return None
        return self.answer(200, data, Content_Type="application/octet-stream")

    def part(self, data):
        start = int(self.headers["Range"][6:].split("-")[0])
        if start >= len(data):
            return self.answer(416, b"", Content_Range="bytes */%d" % len(data))
        return self.answer(206, data[start:], Content_Range="bytes %d-%d/%d" % (start, len(data) - 1, len(data)))

    def begin(self, data, sent):
        """The header of a whole answer and only its first bytes."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:sent])
        self.wfile.flush()
        self.close_connection = True

    def blob_in_mode(self, data, times):
        """The last layer, where the mode is about it: True when it was answered."""
        if MODE in ("once-reset", "no-ranges") and times == 1:
            self.begin(data, len(data) // 2)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif MODE == "false-range" and times == 1:
            self.begin(data, len(data) // 2)
        elif MODE == "false-range":
            self.answer(206, data[1000:], Content_Range="bytes 999999-1000000/1000001")
        elif MODE == "trickle":
            self.begin(data, 0)
            try:
                for i in range(len(data)):
                    self.wfile.write(data[i:i + 1])
                    time.sleep(1)
            except OSError:
                say("GIVEN UP")
        elif MODE == "truncate-steps":
            self.begin(data, 4096 * (times - 1))
        elif MODE == "chunked-lie":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"ffffff\r\n" + data)
            self.close_connection = True
        else:
            return False
        return True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


def prepare():
    global IMAGE, MANIFEST, TOP
    IMAGE = Image(LAYOUT)
    CHANGES[MODE](IMAGE)
    MANIFEST = json.dumps(IMAGE.manifest).encode()
    TOP = documents()


def main():
    other = Server(("127.0.0.1", 0), Handler)
    OTHER.append(other.server_port)
    prepare()
    threading.Thread(target=other.serve_forever, daemon=True).start()
    server = Server(("127.0.0.1", 0), Handler)
    if os.environ.get("HOSTILE_TLS"):  # certificate, key and, where clients must show theirs, its authority
        words = os.environ["HOSTILE_TLS"].split(":")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(words[0], words[1])
        if len(words) > 2:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(words[2])
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with open(PORTFILE + ".new", "w") as f:
        f.write(str(server.server_port))
    os.rename(PORTFILE + ".new", PORTFILE)
    server.serve_forever()


if __name__ == "__main__":
    main()
