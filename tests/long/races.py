# SPDX-License-Identifier: Apache-2.0
"""Many containers after each other, and two callers at once on one id: what there is afterwards was there before.

    races.py BUNDLE SHORT RUNS EXECS RACES [SEED]
"""
import os
import random
import re
import subprocess
import sys
import time

from rig import ID, Broken, Result, Rig, reap

# What somebody may be told who comes too late, or too early.
REFUSALS = {
    "create": r"container with given ID already exists$|was deleted while it was created$",
    "start": r"cannot start (an already running container|a container that (has stopped|is being created))$",
    "kill": r"container not running$",
    "delete": r"being created, checkpointed or deleted by (process \d+|another process)$|cannot delete container '\w+' that is not stopped$",
    "exec": r"cannot exec in a stopped container$",
}
GONE = r"container does not exist: '\w+'$"
# What ends in the middle of a creation or of an exec: the sentence names what is not there any more.
CUT_OFF = r"the first process died$|deleted while it was created$|No such (file or directory|process|device)$|Cannot allocate memory$"


class Race:
    def __init__(self, rig):
        self.rig = rig
        self.files = [open(f"{rig.dir}/said.{i}", "w+") for i in range(2)]

    def done(self):
        for i, file in enumerate(self.files):
            file.close()
            os.unlink(f"{self.rig.dir}/said.{i}")

    def at_once(self, *calls):
        """Both start when both are there."""
        begun = time.monotonic()
        children = []
        for words, file in zip(calls, self.files):
            file.seek(0)
            file.truncate()
            children.append(subprocess.Popen(self.rig.words(*words), stdin=subprocess.DEVNULL, stdout=file, stderr=file))
        results = []
        for child, file in zip(children, self.files):
            try:
                status = child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                raise Broken(f"hangs: {calls}") from None
            file.seek(0)
            results.append(Result(status, file.read().strip(), time.monotonic() - begun))
        return results

    def one_winner(self, *words):
        """The same by two callers: one does it, the other is told why not."""
        results = self.at_once(words, words)
        won = [r for r in results if r.status == 0]
        lost = [r for r in results if r.status != 0]
        if len(won) != 1:
            raise Broken(f"{words[0]}: {len(won)} winners: {results}")
        self.check_sentence(words[0], lost[0], REFUSALS[words[0]] + "|" + GONE)

    def check_sentence(self, verb, result, wanted):
        lines = result.said.splitlines()
        if len(lines) != 1 or not re.search(wanted, lines[0]):
            raise Broken(f"{verb}: {result.status}: {result.said!r}")

    def any_order(self, *calls):
        """Different calls: each succeeds or is told why not."""
        for words, result in zip(calls, self.at_once(*calls)):
            if result.status and result.status != 128 + 9:
                self.check_sentence(words[0], result, "|".join([REFUSALS[words[0]], GONE, CUT_OFF]))


def pairs(bundle):
    create, start, kill = ("create", "-b", bundle, ID), ("start", ID), ("kill", ID, "KILL")
    delete, force, execute = ("delete", ID), ("delete", "-f", ID), ("exec", ID, "true")
    #        what is there before, and who meet
    return [([], create, force), ([], create, delete), ([], create, kill), ([], create, start),
            ([create], start, force), ([create], start, kill), ([create], start, delete), ([create], create, force),
            ([create, start], execute, force), ([create, start], execute, kill), ([create, start], kill, force),
            ([create, start], kill, delete), ([create, start], create, force), ([create, start], force, force)]


def life(race, bundle, rounds, chosen):
    """Every step of a life by two callers, then two that do not go together."""
    rig, meetings = race.rig, pairs(bundle)
    for i in range(rounds):
        race.one_winner("create", "-b", bundle, ID)
        race.one_winner("start", ID)
        race.any_order(("kill", ID, "KILL"), ("kill", ID, "KILL"))
        while rig.status() != "stopped":
            reap()
        race.one_winner("delete", ID)
        before, one, other = meetings[i % len(meetings)]
        for words in before:
            rig.must(*words)
        calls = [one, other]
        chosen.shuffle(calls)
        race.any_order(*calls)
        rig.remove()
        reap()


def runs(rig, bundle, n):
    for _ in range(n):
        rig.must("run", "-b", bundle, ID)


def execs(rig, bundle, n):
    rig.must("run", "-d", "-b", bundle, ID)
    before = rig.snapshot()
    for _ in range(n):
        rig.must("exec", ID, "true")
    left = rig.left(before)
    if left:
        raise Broken("after the execs: " + ", ".join(left[:8]))
    rig.remove()


def count(seen):
    kinds = {}
    for what in seen:
        kind = what.split()[0]
        kinds[kind] = kinds.get(kind, 0) + 1
    return ", ".join(f"{kinds[kind]} {kind}s" for kind in sorted(kinds))


def measured(rig, name, work):
    before, begun = rig.snapshot(), time.monotonic()
    work()
    left = rig.left(before)
    print(f"{name} in {time.monotonic() - begun:.1f} s; before and after: {count(before)}", flush=True)
    if left:
        raise Broken(f"{name}: " + ", ".join(left[:8]))


def main():
    bundle, short, n_runs, n_execs, n_races = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
    seed = int(sys.argv[6]) if len(sys.argv) > 6 else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    rig = Rig(bundle)
    runs(rig, short, 1)  # what the first leaves on purpose, parents of groups, is there before
    measured(rig, f"{n_runs} runs", lambda: runs(rig, short, n_runs))
    measured(rig, f"{n_execs} execs", lambda: execs(rig, bundle, n_execs))
    race = Race(rig)
    measured(rig, f"{n_races} races", lambda: life(race, bundle, n_races, random.Random(seed)))
    race.done()
    rig.done()


try:
    main()
except Broken as broken:
    print(broken)
    sys.exit(1)
