# SPDX-License-Identifier: Apache-2.0
"""lighter-runtime under test, and everything that it could leave behind: what faults.py and races.py work with."""
import collections
import contextlib
import ctypes
import os
import re
import subprocess
import tempfile
import time

HUNG = 124
BUILD = os.environ["BUILD"]
ID = "victim"

Result = collections.namedtuple("Result", "status said seconds")


class Broken(Exception):
    pass


def run(*words, timeout=15):
    """A command with its output in a file: what it leaves running may hold that open."""
    with tempfile.TemporaryFile(mode="w+") as said:
        begun = time.monotonic()
        with open(os.devnull) as nothing:
            child = subprocess.Popen(words, stdin=nothing, stdout=said, stderr=said)
        try:
            status = child.wait(timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            status = HUNG
        said.seek(0)
        return Result(status, said.read().strip(), time.monotonic() - begun)


def reap():
    """We are the parent of what the runtime leaves behind."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


class Rig:
    def __init__(self, bundle):
        self.bundle = bundle
        self.dir = tempfile.mkdtemp(prefix="faults.")
        self.state = self.dir + "/state"
        self.pid_file = self.dir + "/pid"
        self.log = self.dir + "/log"
        self.program = BUILD + "/src/programs/lighter-runtime"
        os.mkdir(self.state)
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER

    def done(self):
        if os.path.exists(self.log):
            os.unlink(self.log)
        os.rmdir(self.state)
        os.rmdir(self.dir)

    def words(self, *words):
        return (self.program, "--root", self.state) + words

    def runtime(self, *words):
        return run(*self.words(*words))

    def must(self, *words):
        result = self.runtime(*words)
        if result.status:
            raise Broken(f"{' '.join(words)}: {result.status}: {result.said}")
        return result.said

    def status(self):
        result = self.runtime("state", ID)
        found = re.search(r'"status": "(\w+)"', result.said)
        return found.group(1) if found else None

    def init(self):
        return int(re.search(r'"pid": (\d+)', self.must("state", ID)).group(1))

    # ---- what could be left ----

    def snapshot(self):
        seen = set()
        with open("/proc/self/mountinfo") as mounts:
            seen.update("mount " + line.split()[4] for line in mounts)
        for where, below, _ in os.walk("/sys/fs/cgroup"):
            seen.update(f"cgroup {where}/{name}" for name in below)
        for where, below, files in os.walk(self.dir):
            seen.update(f"file {where}/{name}" for name in below + files)
        for pid in os.listdir("/proc"):
            if pid.isdigit():
                try:
                    with open(f"/proc/{pid}/stat") as stat:
                        seen.add("process " + stat.read().split(")")[0] + ")")
                except OSError:
                    pass
        seen.update(f"descriptor {fd}" for fd in os.listdir("/proc/self/fd"))
        return seen

    def left(self, before, seconds=3):
        until = time.monotonic() + seconds
        while True:
            reap()
            now = self.snapshot()
            if now == before or time.monotonic() > until:
                return sorted(now - before) + sorted("lost " + what for what in before - now)
            time.sleep(0.002)

    def usable(self):
        """It does what it is for."""
        if self.status() == "created":
            self.must("start", ID)
        self.must("exec", ID, "true")

    def remove(self):
        result = self.runtime("delete", "-f", ID)
        if result.status:
            raise Broken(f"delete -f: {result.status}: {result.said}")
        if result.seconds > 2:
            raise Broken(f"delete -f took {result.seconds:.1f} s")

    def clean(self):
        """After a defect, so that it is not reported again and again."""
        self.runtime("delete", "-f", ID)
        reap()
        for where, below, files in os.walk(self.dir, topdown=False):
            for name in files:
                if where + "/" + name != self.log:
                    os.unlink(f"{where}/{name}")
            for name in below:
                if where != self.dir:
                    os.rmdir(f"{where}/{name}")
        for where, below, _ in os.walk("/sys/fs/cgroup", topdown=False):
            for name in below:
                if name == ID and where.endswith("fault-test"):
                    with contextlib.suppress(OSError):
                        os.rmdir(f"{where}/{name}")
