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
}

IMAGE = Image(LAYOUT)
CHANGES[MODE](IMAGE)
MANIFEST = json.dumps(IMAGE.manifest).encode()


def say(*words):
    """One write a line: print makes two, and there are many threads."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


OTHER = []  # port of a second server, "another host"


def sleep_for_ever():
    while True:
        time.sleep(3600)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        say(self.command, self.path, self.headers.get("Authorization", "-"), self.server.server_port)

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
        if MODE == "realm-elsewhere":
            self.challenge("http://127.0.0.1:%d/token" % OTHER[0])
            return False
        if MODE == "unauthorized":
            self.answer(401, b"{}", WWW_Authenticate='Basic realm="login"')
            return False
        return True

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path == "/token":
            token = "secret-token" if MODE != "token-newline" else "secret\r\nX-Injected: yes"
            return self.answer(200, json.dumps({"token": token}).encode())
        if self.server.server_port in OTHER and "/blobs/" in path:
            return self.blob(path)
        if not self.authorized():
            return None
        if MODE == "error-503":
            return self.answer(503, b"busy")
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
        return self.answer(200, MANIFEST, Content_Type=IMAGE.manifest["mediaType"],
                           Docker_Content_Digest=digest(MANIFEST))

    def do_blob(self, path):
        if MODE == "redirect-host":
            return self.answer(307, b"", Location="http://127.0.0.1:%d%s" % (OTHER[0], path))
        return self.blob(path)

    def blob(self, path):
        name = path.rsplit("/", 1)[1]
        data = IMAGE.blobs.get(name)
        if data is None:
            return self.answer(404, b"{}")
        if name == IMAGE.last()["digest"] and MODE in ("stall", "cut"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[:len(data) // 2])
            self.wfile.flush()
            if MODE == "stall":
                say("STALLED")
                sleep_for_ever()
            self.close_connection = True
            return None
        return self.answer(200, data, Content_Type="application/octet-stream")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


def main():
    other = Server(("127.0.0.1", 0), Handler)
    OTHER.append(other.server_port)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    server = Server(("127.0.0.1", 0), Handler)
    with open(PORTFILE + ".new", "w") as f:
        f.write(str(server.server_port))
    os.rename(PORTFILE + ".new", PORTFILE)
    server.serve_forever()


if __name__ == "__main__":
    main()
