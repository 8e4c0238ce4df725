#!/usr/bin/env python3
"""Releases of the shop, good and bad ones, during which `toban release` is killed at random moments and said again.

    ./kill.py [--kills N] [--seed S] [--toban PATH]

Each ends as one does that nobody disturbs: a good version gets all traffic and no request fails; a bad one is found
out, and the traffic comes back. The migration is done once, everybody is told everything once, every confirmed order
is stored once, and the record of the release is whole. Fails where anything of this is not so, and says the seed.
Stages soak for 200 ms, so that many kills fit into two minutes. Everything listens on 127.0.0.1.
"""

import argparse
import contextlib
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
import demo
import shop as canary
from shop import NEW, Shop

# Of one release; it lasts some three seconds when nobody disturbs it.
MOST = 10
# Seconds until a process is killed.
PATIENCE = (0.02, 1.2)


def hurried(text):
    """The plan, with short soaks, and measured often enough to say something in them."""
    for what, instead, times in (
        ("soak: 2s", "soak: 200ms", 4),
        ("after: 1s", "after: 50ms", 2),
        ("interval: 250ms", "interval: 50ms", 2),
        # So short a stage is measured once or twice: that has to be enough.
        ("max_failures: 1", "max_failures: 0", 1),
        ("retry: 250ms, hold_after: 10, abort_after: 30", "retry: 50ms, hold_after: 40, abort_after: 90", 1),
        ('measure, "{query}"]', 'measure, "{query}", --least, "1"]', 1),
    ):
        assert text.count(what) == times, f"{what} stands {text.count(what)} times in the plan"
        text = text.replace(what, instead)
    return demo.plan_for_now(text)


class Release:
    """One release of one shop, and the person who approves it."""

    def __init__(self, toban, at, draw):
        self.toban, self.at, self.draw = toban, at, draw
        self.journal = at / "release.db"
        path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
        self.environment = os.environ | {"SHOP": str(at / "shop"), "PATH": path}
        self.is_approved = False

    def shop(self, *words, **more):
        argv = [sys.executable, "-S", str(demo.HERE / "shop.py"), *map(str, words)]
        return subprocess.Popen(argv, env=self.environment, start_new_session=True, text=True, **more)

    def begin(self, *words):
        argv = [self.toban, "release", *words, "--journal", str(self.journal)]
        return subprocess.Popen(argv, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def say(self, *words):
        """Code and output of a command that ends by itself."""
        process = self.begin(*words)
        out, err = process.communicate(timeout=30)
        return process.returncode, out + err

    def stands(self):
        code, out = self.say("status", "--format", "json")
        return json.loads(out) if code == 0 else None

    def approve(self):
        code, out = self.say("approve", "--by", "carol", "--why", "looked at the plan")
        self.is_approved = code == 0 or "approve is refused" in out
        return self.is_approved

    def carry_out(self, most):
        """Goes on with it, killed so many times at most, until it is over; where it stood each time that it was killed,
        and the code and the words of the end."""
        kills = []
        while True:
            stands = self.stands()
            # Killed before anything was on record, it is begun once more.
            begin = ["run", "--plan", str(self.at / "plan.yaml"), "--evidence", str(self.at / "seen.yaml")]
            words = ["resume"] if stands else begin
            patience = self.draw.uniform(*PATIENCE) if len(kills) < most else 60
            began = time.monotonic()
            process = self.begin(*words)
            with contextlib.suppress(canary.Failed):
                if not self.is_approved:
                    canary.until(lambda: process.poll() is not None or self.approve(), patience, "")
            try:
                out, err = process.communicate(timeout=max(0, patience - (time.monotonic() - began)))
                return kills, process.returncode, out + err
            except subprocess.TimeoutExpired:
                assert len(kills) < most, f"it does not end: {self.stands()}"
                process.kill()
                process.communicate()
                kills.append(stood(self.stands()))


def what(line):
    """What people were told: its name, and the stage or what they are needed for."""
    told = json.loads(line["what"])
    name, details = next(iter(told.items())) if isinstance(told, dict) else (told, {})
    if name == "stage_reached":
        return f"{name} {details['stage'] + 1}"
    return f"{name}: {next(iter(details['what']))}" if name == "person_needed" else name


def stood(stands):
    """Where, for people who read where it was killed."""
    if stands is None:
        return "nowhere"
    stage = stands["stage"]
    return stands["phase"] + (f" at {stage}" if stage else "")


# Said on a busy machine when nobody kills anything, too: a measurement takes longer than a soak of 200 ms, and a check
# that fails may clear.
SLOW = ("person_needed: overdue", "person_needed: check")


def wrong_with(release, is_bad, code, said, clients):
    """Everything that is not as it is when nobody kills anything."""
    shop = Shop(release.at / "shop")
    stands = release.stands()
    routed, runs = shop.routed()[0], shop.versions[NEW].runs
    ended = (code, stands["phase"], stands["is_over"], routed, runs)
    wanted = (1, "rolled back", True, 0, False) if is_bad else (0, "done", True, 100, True)
    if ended != wanted:
        yield f"it ended with {ended} and not {wanted}: {said}"
    told = [name for line in canary.lines(shop.at / canary.TOLD) if (name := what(line)) not in SLOW]
    reached = [f"stage_reached {stage}" for stage in range(1, 5)]
    if is_bad:
        stages = [one for one in told if one in reached]
        calm = ["started", *reached[:len(stages)], "rolling_back", "rolled_back"]
    else:
        calm = ["started", *reached, "completed"]
    if told != calm:
        yield f"people were told {told}"
    # A migration that is done a second time fails, and brings the release back.
    if not shop.is_migrated():
        yield "the database was not migrated"
    with contextlib.closing(sqlite3.connect(release.journal)) as journal:
        bodies = [body for (body,) in journal.execute("SELECT body FROM record ORDER BY seq")]
        head = journal.execute("SELECT lower(hex(hash)) FROM record ORDER BY seq DESC LIMIT 1").fetchone()[0]
    if (times := sum('{"did":{"next":{"prepare":0}}}' in body for body in bodies)) != 1:
        yield f"the migration is {times} times on record"
    sent, failed = (int(number.replace(",", "")) for number in re.match(
        r"all the time: sent ([\d,]+), failed ([\d,]+) ", clients).groups())
    if sent < 50:
        yield f"the clients sent {sent} requests only"
    if is_bad != bool(failed):
        yield f"{failed} requests failed"
    checking = release.shop("verify", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if checking.wait(30):
        yield f"verify: {checking.stdout.read()}"
    code, report = release.say("report")
    if code:
        yield f"the record is broken: {report}"
    if stands["head"].removeprefix("sha256:") != head:
        yield f"the chain ends with {stands['head']}, the journal with {head}"


def one(toban, draw, is_bad, most):
    """One release; where it was killed, and what is wrong with its end."""
    with contextlib.ExitStack() as stack:
        at = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shop-"))).resolve()
        # Programs run where the plan stands.
        (at / "shop.py").symlink_to(demo.HERE / "shop.py")
        plan = hurried((demo.HERE / "plan.yaml").read_text())
        (at / "plan.yaml").write_text(plan)
        (at / "seen.yaml").write_text(demo.told_before(plan))
        release = Release(toban, at, draw)
        stack.callback(lambda: release.shop("down").wait())
        if release.shop("up", *(["--bad", "all"] if is_bad else []), stdout=subprocess.DEVNULL).wait():
            raise SystemExit(1)
        clients = release.shop("load", "--seconds", 600, "--rate", 50, stdout=subprocess.PIPE)
        stack.callback(clients.kill)
        began = time.monotonic()
        kills, code, said = release.carry_out(most)
        took = time.monotonic() - began
        clients.terminate()
        seen = clients.communicate(timeout=60)[0]
        wrong = list(wrong_with(release, is_bad, code, said, seen))
        moves = [move["weight"] for move in canary.lines(at / "shop" / canary.MOVES)]
        print(f"{'bad ' if is_bad else 'good'}: {len(kills)} kills, {took:.1f} s, traffic {moves}, {seen.splitlines()[0]}",
              flush=True)
        print("      killed " + ", ".join(f"{where}: {times}" for where, times in Counter(kills).items()), flush=True)
        return kills, wrong


def main():
    parse = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parse.add_argument("--kills", type=int, default=50, help="in all (50)")
    parse.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="of the moments (a random one)")
    parse.add_argument("--toban", default="toban", help="the command (toban)")
    options = parse.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # and clean up
    print(f"seed {options.seed}", flush=True)
    draw, began, kills, releases = random.Random(options.seed), time.monotonic(), 0, 0
    # Of each kind at least one.
    while kills < options.kills or releases < 2:
        more, wrong = one(options.toban, draw, releases % 2 == 1, min(MOST, options.kills - kills))
        kills, releases = kills + len(more), releases + 1
        if wrong:
            raise SystemExit(f"seed {options.seed}, release {releases}: " + "; ".join(wrong))
    print(f"{kills} kills in {releases} releases, all ended right after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
