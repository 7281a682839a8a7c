#!/usr/bin/env python3
"""Pushes to `lighter registry serve` and kills it, again and again.

usage: registry_pusher.py LIGHTER ROOT KILLS      the environment's SEED decides contents and instants

Three threads push blobs (in one request, in chunks), manifests and tags and delete some; the server is killed after a moment, all
its processes with it. Then everything in the registry's directory is looked at, and everything acknowledged is asked for."""
import hashlib
import http.client
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import threading
import time

lighter, root, kills = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3])
seed = int(os.environ["SEED"])
TYPE = "application/vnd.oci.image.manifest.v1+json"


def start():
    server = subprocess.Popen([lighter, "registry", "serve", "--listen", "127.0.0.1:0", "--processes", "2", "--root", root],
                              stderr=subprocess.PIPE, text=True)
    port = re.search(r"listening on 127\.0\.0\.1:(\d+)", server.stderr.readline())
    threading.Thread(target=server.stderr.read, daemon=True).start()
    return server, int(port[1])


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Pusher(threading.Thread):
    """What it knows: blobs, manifests and tags that must be there, must not, or may (it got no answer)."""

    def __init__(self, number):
        super().__init__()
        self.random = random.Random(seed * 100 + number)
        self.repository = f"repository{number}/images"
        self.blobs, self.manifests, self.tags = {}, {}, {}  # name: content; None: deleted
        self.unsure = set()
        self.acknowledged = 0

    def ask(self, method, path, body=None, fields=None):
        if not path.startswith("/"):
            path = f"/v2/{self.repository}/{path}"
        self.connection.request(method, path, body, fields or {})
        answer = self.connection.getresponse()
        data = answer.read()
        assert answer.status < 500, (method, path, answer.status, data)
        return answer, data

    def push_blob(self, data):
        name = digest(data)
        self.unsure.add(name)
        if self.random.random() < 0.5:
            answer, _ = self.ask("POST", f"blobs/uploads/?digest={name}", data)
        else:
            location = self.ask("POST", "blobs/uploads/")[0].getheader("Location")
            middle = len(data) // 2
            self.ask("PATCH", location, data[:middle], {"Content-Range": f"0-{middle - 1}"})
            answer, _ = self.ask("PUT", f"{location}?digest={name}", data[middle:])
        assert answer.status == 201, answer.status
        self.blobs[name] = data
        self.unsure.discard(name)
        self.acknowledged += 1
        return name

    def push_image(self, number):
        blobs = [self.random.randbytes(self.random.choice([3, 5000, 300000])) for _ in range(2)]
        names = [self.push_blob(b) for b in blobs]
        entries = [{"mediaType": "m/b", "digest": n, "size": len(b)} for n, b in zip(names, blobs)]
        manifest = json.dumps({"schemaVersion": 2, "mediaType": TYPE, "config": entries[0], "layers": entries[1:]}).encode()
        name, tag = digest(manifest), f"tag{number % 5}"
        self.unsure |= {name, tag}
        answer, _ = self.ask("PUT", f"manifests/{tag}", manifest, {"Content-Type": TYPE})
        assert answer.status == 201, answer.status
        self.manifests[name], self.tags[tag] = manifest, name
        self.unsure -= {name, tag}
        self.acknowledged += 1
        if number % 7 == 6:
            self.delete(name)

    def delete(self, name):
        tags = [t for t, n in self.tags.items() if n == name]
        self.unsure |= {name, *tags}
        assert self.ask("DELETE", f"manifests/{name}")[0].status == 202
        self.manifests[name] = None
        self.tags.update((t, None) for t in tags)
        self.unsure -= {name, *tags}

    def run(self):
        self.failure = None
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            for number in range(10000):
                self.push_image(number)
        except (OSError, http.client.HTTPException):
            pass  # the server has been killed
        except BaseException as e:
            self.failure = e
            raise
        finally:
            self.connection.close()

    def push_until_killed(self, port):
        """Threads run once: this one's knowledge goes on in another."""
        other = Pusher.__new__(Pusher)
        threading.Thread.__init__(other)
        other.__dict__.update({k: v for k, v in self.__dict__.items() if not k.startswith("_")})
        other.port = port
        other.start()
        return other

    def check(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for kind, known in ("blobs", self.blobs), ("manifests", self.manifests):
            for name, content in known.items():
                answer, data = self.ask("GET", f"{kind}/{name}")
                if content is None and name not in self.unsure:
                    assert answer.status == 404, (kind, name, answer.status)
                elif content is not None and name not in self.unsure:
                    assert answer.status == 200 and data == content, (kind, name, answer.status)
        for tag, name in self.tags.items():
            answer, data = self.ask("GET", f"manifests/{tag}")
            if tag in self.unsure:
                assert answer.status in (200, 404)
            elif name is None:
                assert answer.status == 404, (tag, answer.status)
            else:
                assert answer.getheader("Docker-Content-Digest") == name, (tag, name)
            if answer.status == 200:
                assert digest(data) == answer.getheader("Docker-Content-Digest")
        listed = json.loads(self.ask("GET", "tags/list")[1]).get("tags") or []
        for tag in listed:
            assert self.ask("HEAD", f"manifests/{tag}")[0].status == 200, ("listed and not there", tag)
        # what is unsure is settled by what is there now
        for tag in [t for t in self.unsure if not t.startswith("sha256:")]:
            answer, _ = self.ask("HEAD", f"manifests/{tag}")
            self.tags[tag] = answer.getheader("Docker-Content-Digest") if answer.status == 200 else None
        for name in [n for n in self.unsure if n in self.manifests]:
            if self.ask("HEAD", f"manifests/{name}")[0].status == 404:
                self.manifests[name] = None
        self.unsure.clear()
        self.connection.close()


def check_files():
    """Whatever has a digest as its name has it as its content."""
    for path in root.glob("**/sha256/*"):
        if len(path.name) == 64:
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name, path


def main():
    instants = random.Random(seed)
    pushers = [Pusher(n) for n in range(3)]
    for _ in range(kills):
        server, port = start()
        for p in pushers:
            p.check(port)
        pushers = [p.push_until_killed(port) for p in pushers]
        time.sleep(instants.uniform(0.02, 0.4))
        server.send_signal(signal.SIGKILL)
        server.wait()
        for p in pushers:
            p.join()
            assert not p.failure, p.failure
        check_files()
    server, port = start()
    for p in pushers:
        p.check(port)
    server.terminate()
    assert server.wait() == 0
    acknowledged = sum(p.acknowledged for p in pushers)
    print(f"# {kills} kills, {acknowledged} blobs and manifests were acknowledged")
    assert acknowledged >= kills


main()
