#!/usr/bin/env python3
"""Holds the shop to what its release relies on, without Toban: half a minute, everything on 127.0.0.1.

    ./check.py

Moves the traffic while clients send requests, kills `shop.py` at random moments (the seed is printed) and says it
again, comes late with an older fence, and asks a bad version. Fails when a request failed because traffic moved, or
when anything else is not as README.md says. Ends everything that it started.
"""

import collections
import contextlib
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
import shop as canary
from shop import NEW, OLD, Shop

KILLS = 20


class Hand:
    """Says commands to one shop."""

    def __init__(self, at):
        self.at = at
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("TOBAN_")}

    def begin(self, *words, **variables):
        argv = [sys.executable, "-S", str(canary.HERE / "shop.py"), *map(str, words), "--at", str(self.at)]
        return subprocess.Popen(argv, env=self.environment | variables, start_new_session=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def say(self, *words, code=0, **variables):
        """What it prints, when it ends as it should."""
        process = self.begin(*words, **variables)
        out, err = process.communicate(timeout=30)
        assert process.returncode == code, f"{words} ended with {process.returncode}: {out}{err}"
        return out.strip() or err.strip()


@contextlib.contextmanager
def a_shop(*words):
    with tempfile.TemporaryDirectory(prefix="shop-") as folder:
        hand = Hand(Path(folder).resolve())
        try:
            hand.say("up", *words)
            yield hand
        finally:
            hand.say("down")
            assert not any(canary.Program(hand.at, name).runs for name in ("nginx", OLD, NEW)), "something is left"


def share(hand, requests=40):
    """What 2.0 gets of so many requests, and of those that clients send meanwhile, in percent."""
    shop = Shop(hand.at)
    before = len(canary.log(hand.at / "access.log"))
    for _ in range(requests):
        assert canary.ask(shop.port("nginx"), "/")[0] == 200
    by = collections.Counter(line.backend for line in canary.log(hand.at / "access.log")[before:])
    assert by.total() >= requests
    return 100 * by[f"127.0.0.1:{shop.port(NEW)}"] / by.total()


@contextlib.contextmanager
def under_load(hand, rate=100):
    """Clients; afterwards none of their requests may have failed."""
    clients = hand.begin("load", "--seconds", 60, "--rate", rate)
    time.sleep(0.5)
    yield
    clients.terminate()
    out, err = clients.communicate(timeout=40)
    assert clients.returncode == 0, err
    print("  " + out.strip().replace("\n", "\n  "))
    found = re.match(r"all the time: sent ([\d,]+), failed ([\d,]+) ", out)
    assert int(found[1].replace(",", "")) > 100, "the clients hardly sent anything"
    assert found[2] == "0", "requests failed while traffic moved"


def order(number, fence):
    return {"TOBAN_ORDER": f"rollout/check#{number}.0", "TOBAN_FENCE": str(fence)}


def a_version_needs_its_schema_and_the_migration_is_done_once(hand):
    assert "needs schema 2" in hand.say("start", NEW, code=3)
    hand.say("migrate-done", code=1)
    hand.say("migrate")
    hand.say("migrate-done")
    assert "done once" in hand.say("migrate", code=3)
    hand.say("start", NEW)
    hand.say("start", NEW)
    hand.say("smoke", NEW)
    hand.say("smoke", OLD, "--alone")
    assert hand.say("measure", "errors") == hand.say("measure", "latency") == "", "nobody asked it"


def traffic_moves_and_no_request_fails(hand):
    with under_load(hand):
        for weight in (0, 5, 25, 50, 100, 0):
            hand.say("weight", weight)
            found = share(hand)
            assert abs(found - weight) <= 3, f"{found} % instead of {weight} %"
            if weight == 50:
                assert float(hand.say("measure", "errors")) == 0
                assert 0 < float(hand.say("measure", "latency")) < 2000
                hand.say("stop", NEW, code=3)
    assert "all of them stored, once" in hand.say("verify")


def a_call_may_be_killed_at_any_moment(hand, draw):
    at_once = 0
    with under_load(hand, rate=50):
        for kill in range(KILLS):
            weight = draw.choice((0, 5, 25, 50, 100))
            killed = hand.begin("weight", weight, **order(kill, 1))
            time.sleep(draw.uniform(0, 0.35))
            at_once += killed.poll() is not None
            with contextlib.suppress(ProcessLookupError):
                os.killpg(killed.pid, 9)
            killed.wait()
            with Shop(hand.at).locked():  # said again, without the time that it takes to start python
                Shop(hand.at).move(weight)
            assert Shop(hand.at).routed()[0] == weight
            if kill % 5 == 4:
                found = share(hand, 40)
                assert abs(found - weight) <= 3, f"{found} % instead of {weight} %"
    print(f"  {KILLS} calls killed, {at_once} of them after they had ended")
    assert at_once < KILLS, "no call was killed before its end"


def what_came_by_the_rule_before_is_answered_before_the_call_ends(hand):
    hand.say("weight", 100)
    with socket.create_connection(("127.0.0.1", Shop(hand.at).port("nginx"))) as slow:
        time.sleep(0.2)  # nginx has taken it
        call = hand.begin("weight", 0)
        canary.until(lambda: Shop(hand.at).routed()[0] == 0, 10, "traffic does not move")
        time.sleep(0.3)
        assert call.poll() is None, "2.0 might be ended now"
        slow.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert b"200 OK" in (answer := slow.recv(65536)) and b"X-Version: 2.0" in answer
    assert call.wait(20) == 0


def a_late_call_is_turned_away(hand):
    hand.say("weight", 50, **order(1, 3))
    hand.say("weight", 0, **order(2, 4))
    assert "another process has taken over" in hand.say("weight", 50, code=3, **order(1, 3))
    assert Shop(hand.at).routed()[0] == 0
    # Of another release, and of a person, nothing older is known.
    hand.say("weight", 5, TOBAN_ORDER="rollout/other#1.0", TOBAN_FENCE="1")
    hand.say("weight", 0)
    # Who finds out what became of an order has taken over, too: what was left behind does nothing any more.
    hand.say("migrate-done", **order(3, 5))
    hand.say("start", NEW, code=3, **order(2, 4))


def two_calls_at_once_leave_one_of_two_weights(hand):
    calls = [hand.begin("weight", weight) for weight in (25, 50)]
    assert [call.wait(30) for call in calls] == [0, 0]
    last = canary.lines(hand.at / canary.MOVES)[-1]["weight"]
    assert abs(share(hand) - last) <= 3
    hand.say("weight", 0)


def people_are_told_once(hand):
    for _ in range(2):
        hand.say("tell", '"started"', **order(9, 9))
    assert [json.loads(line["what"]) for line in canary.lines(hand.at / canary.TOLD)] == ["started"]


def a_version_starts_and_ends_though_the_calls_for_it_are_killed(hand, draw):
    for word, runs in (("stop", False), ("start", True)) * 3:
        killed = hand.begin(word, NEW)
        time.sleep(draw.uniform(0, 0.25))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(killed.pid, 9)
        killed.wait()
        with Shop(hand.at).locked():
            getattr(Shop(hand.at), word)(NEW)
        assert Shop(hand.at).versions[NEW].runs == runs


def a_version_without_traffic_ends_and_bad_input_changes_nothing(hand):
    for words in (("weight", 101), ("weight", "five"), ("stop", "3.0"), ("other-done",)):
        hand.say(*words, code=2)
    for _ in range(2):
        hand.say("stop", NEW)
    assert "does not run" in hand.say("weight", 5, code=3)
    hand.say("up", code=3)
    assert share(hand) == 0


def a_bad_version_is_seen(hand):
    hand.say("migrate")
    hand.say("start", NEW)
    hand.say("smoke", NEW)  # pages are right
    clients = hand.begin("load", "--seconds", 60, "--rate", 100)
    hand.say("weight", 50)
    time.sleep(2)
    errors = float(hand.say("measure", "errors"))
    latency = float(hand.say("measure", "latency"))
    hand.say("weight", 0)
    clients.terminate()
    print("  " + clients.communicate(timeout=40)[0].strip().replace("\n", "\n  "))
    print(f"  of 2.0: {errors} % failed, p95 {latency:.0f} ms")
    assert 10 < errors < 30 and latency > 250
    assert "all of them stored, once" in hand.say("verify")
    # An order that is lost is found.
    with Shop(hand.at).database() as base:
        base.execute("DELETE FROM orders WHERE rowid = 7")
    assert "1 confirmed, and not stored" in hand.say("verify", code=3)


def main():
    began = time.monotonic()
    seed = random.randrange(1 << 32) if len(sys.argv) < 2 else int(sys.argv[1])
    print(f"seed {seed}")

    def run(check, *arguments):
        print(check.__name__.replace("_", " "), flush=True)
        check(*arguments)

    with a_shop() as hand:
        run(a_version_needs_its_schema_and_the_migration_is_done_once, hand)
        run(traffic_moves_and_no_request_fails, hand)
        run(a_call_may_be_killed_at_any_moment, hand, random.Random(seed))
        run(what_came_by_the_rule_before_is_answered_before_the_call_ends, hand)
        run(a_late_call_is_turned_away, hand)
        run(two_calls_at_once_leave_one_of_two_weights, hand)
        run(people_are_told_once, hand)
        run(a_version_starts_and_ends_though_the_calls_for_it_are_killed, hand, random.Random(seed))
        run(a_version_without_traffic_ends_and_bad_input_changes_nothing, hand)
    with a_shop("--bad") as hand:
        run(a_bad_version_is_seen, hand)
    print(f"all right after {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
