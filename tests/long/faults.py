# SPDX-License-Identifier: Apache-2.0
"""One fault at a time at the system calls of create, start, exec and delete (inject.c), and what is left of it.

    faults.py errors|kills BUNDLE [--sample N] [--seed S] [--only OP] [--point P:N:ACTION]

errors: a call fails. The command says so in one sentence and the container is usable or gone; or it succeeds, and then a
row of optional.tsv says why it may do without that call.
kills: the runtime, its child, or both are killed in place of a call; afterwards `delete -f` takes everything away.
A point is an operation, a process of it, the number of a call of this process, and the error or whom to kill. All points
are tried, or a sample of them chosen by the seed, which is printed.
"""
import argparse
import collections
import contextlib
import errno
import os
import random
import re
import signal
import sys
import time

from rig import BUILD, HUNG, ID, Broken, Rig, reap, run

ERRORS = [errno.ENOSPC, errno.EMFILE, errno.ENOMEM, errno.EINTR, errno.EAGAIN, errno.EPERM, errno.EROFS]
VICTIMS = ["self", "main", "all"]
NOT_REACHED = 125

Point = collections.namedtuple("Point", "op process call action")


# ---- the operations ----


class Operation:
    seizes = False

    def __init__(self, rig):
        self.rig = rig

    def begin(self):
        """Once."""

    def prepare(self):
        """Before each fault."""

    def end(self):
        """Once."""

    def inject(self, *options):
        there = ("-p", str(self.rig.init())) if self.seizes else ()
        return run(BUILD + "/tests/inject", "-t", "5000", "-o", self.rig.log, *there, *options, *self.rig.words(*self.words))

    def settle(self, result):
        """After a failure."""


class Create(Operation):
    name = "create"

    def __init__(self, rig):
        super().__init__(rig)
        self.words = ("create", "--pid-file", rig.pid_file, "-b", rig.bundle, ID)

    def settle(self, result):
        if result.status:
            if os.listdir(self.rig.state):
                raise Broken("its state is still there")
        else:
            self.rig.usable()
            self.rig.remove()
            os.unlink(self.rig.pid_file)


class Start(Operation):
    name = "start"
    words = ("start", ID)
    seizes = True

    def prepare(self):
        self.rig.must("create", "-b", self.rig.bundle, ID)

    def settle(self, result):
        status = self.rig.status()
        if status == "created" or result.status == 0:
            self.rig.usable()
        elif status != "stopped":
            raise Broken(f"it is {status}")
        self.rig.remove()


class Exec(Operation):
    name = "exec"
    words = ("exec", ID, "true")

    def begin(self):
        self.rig.must("run", "-d", "-b", self.rig.bundle, ID)

    def settle(self, result):
        if self.rig.status() is None:
            self.begin()
            raise Broken("the container is gone")
        self.rig.usable()

    def end(self):
        self.rig.remove()


class Delete(Operation):
    name = "delete"
    words = ("delete", ID)

    def prepare(self):
        self.rig.must("run", "-d", "-b", self.rig.bundle, ID)
        os.kill(self.rig.init(), signal.SIGKILL)
        while self.rig.status() != "stopped":
            reap()

    def settle(self, result):
        if result.status:
            self.rig.remove()
        elif os.listdir(self.rig.state):
            raise Broken("its state is still there")


class DeleteRunning(Delete):
    name = "delete -f"
    words = ("delete", "-f", ID)

    def prepare(self):
        self.rig.must("run", "-d", "-b", self.rig.bundle, ID)


OPERATIONS = [Create, Start, Exec, Delete, DeleteRunning]


# ---- the faults ----


def read_optional():
    rows = []
    with open(os.path.dirname(os.path.abspath(__file__)) + "/optional.tsv") as table:
        for line in table:
            if not line.startswith("#") and line.strip():
                op, call, errors, why = line.rstrip("\n").split("\t")
                rows.append((re.compile(op + "$"), re.compile(call), errors, why))
    return rows


class Faults:
    def __init__(self, rig, rows):
        self.rig = rig
        self.rows = rows
        self.used = set()
        self.counts = collections.Counter()
        self.libc = range(0)

    def points(self, operation):
        """Every call of every process in a run without a fault, as `process call`."""
        for _ in range(2):  # what the first leaves on purpose, parents of groups, is there before
            operation.prepare()
            result = operation.inject()
            if result.status:
                raise Broken(f"{operation.name} fails without a fault: {result.said}")
            with open(self.rig.log) as log:
                seen = [line.split()[:3] for line in log]
            operation.settle(result)
        # Between our two starts and our first call is the C library's.
        names = [name for process, _, name in seen if process == "0"]
        self.libc = range(names.index("execveat") + 2, names.index("statfs") + 1)
        # brk(2) has no errors: the allocator goes by where the end is.
        return [where[:2] for where in seen if where[2] != "brk"]

    def inject(self, operation, point):
        operation.prepare()
        return operation.inject("-a", f"{point.process}:{point.call}:{point.action}")

    def where(self):
        with open(self.rig.log) as log:
            return log.read().strip().split(" ", 2)[-1]

    def may_do_without(self, point, call):
        for i, (op, pattern, errors, _) in enumerate(self.rows):
            if op.match(point.op) and pattern.match(call) and \
               (errors == "*" or errno.errorcode[int(point.action)] in errors.split(",")):
                self.used.add(i)
                return True
        return False

    def complaint(self, point, result, call):
        """A sentence: one line, what failed on what, why. None: so it is."""
        lines = [line for line in result.said.splitlines() if " warn: " not in line]
        libc = point.process == "0" and int(point.call) in self.libc
        if result.status == 0 and not libc and not self.may_do_without(point, call):
            return "succeeds"
        if result.status == 0 or libc:
            return None  # the C library's start ends by itself, in its own words
        if result.status >= 128 and result.status != 255:
            return f"ends by signal {result.status - 128}"
        if len(lines) != 1:
            return f"says {len(lines)} lines"
        if os.strerror(int(point.action)) not in lines[0] and not self.may_do_without(point, call):
            return "does not say why"
        return None

    def check_error(self, operation, point, result, call):
        why = self.complaint(point, result, call)
        self.counts["failed" if result.status else "done without"] += 1
        operation.settle(result)
        if why:
            raise Broken(why)

    def check_kill(self, operation, point, result, call):
        self.counts["killed"] += 1
        if operation.name == "exec":
            operation.settle(result)
            return
        self.rig.remove()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.rig.pid_file)

    def one(self, operation, point, check):
        result = self.inject(operation, point)
        if result.status == NOT_REACHED:
            self.counts["not reached"] += 1
            self.rig.clean()
            operation.begin()
            return
        call = self.where()
        try:
            if result.status == HUNG:
                raise Broken("hangs")
            check(operation, point, result, call)
            left = self.rig.left(self.before)
            if left:
                raise Broken("leaves " + ", ".join(left[:8]))
        except Broken as broken:
            raise Broken(f"{call}: {broken} [{result.status}: {result.said[:300]}]") from None

    def quiet(self):
        """What is there when nothing happens."""
        before = self.rig.snapshot()
        while self.rig.left(before, 0.05):
            before = self.rig.snapshot()
        self.before = before


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["errors", "kills"])
    parser.add_argument("bundle")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--only")
    parser.add_argument("--point")
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    rig = Rig(args.bundle)
    chosen = random.Random(args.seed)
    broken = 0
    print(f"seed {args.seed}")
    for kind in OPERATIONS:
        if args.only and kind.name != args.only:
            continue
        operation = kind(rig)
        faults = Faults(rig, read_optional())
        begun = time.monotonic()
        operation.begin()
        calls = faults.points(operation)
        faults.quiet()
        if args.list:
            print(open(rig.log).read())
        actions = [str(e) for e in ERRORS] if args.what == "errors" else VICTIMS
        points = [Point(kind.name, p, n, a) for p, n in calls for a in actions]
        if args.point:
            points = [Point(kind.name, *args.point.split(":"))]
        elif args.sample and args.sample < len(points):
            points = chosen.sample(points, args.sample)
        for point in points:
            try:
                faults.one(operation, point, faults.check_error if args.what == "errors" else faults.check_kill)
            except Broken as why:
                broken += 1
                action = errno.errorcode[int(point.action)] if args.what == "errors" else point.action
                print(f"{point.op} {point.process}:{point.call}:{point.action} {action}: {why}", flush=True)
                rig.clean()
                operation.begin()
                faults.quiet()
        operation.end()
        print(f"{kind.name}: {len(calls)} calls, {len(points)} points in {time.monotonic() - begun:.1f} s:",
              ", ".join(f"{n} {what}" for what, n in faults.counts.items()), flush=True)
    rig.done()
    return 1 if broken else 0


sys.exit(main())
