#!/usr/bin/env python3
"""A release of the shop, from its beginning to its end, while clients send requests.

    ./demo.py good|bad [--toban PATH] [--rate N]

`good`: version 2.0 gets all traffic, stage by stage. `bad`: it fails, is found out, and the traffic comes back. Shows
what `toban release run` shows, then what the clients saw, how long the bad version had traffic, and who was told what.
Fails when it does not end as it should: a good version with a failed request, a bad one that stays, or comes back
later than the plan allows. Everything listens on 127.0.0.1, and is ended with the script.
"""

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.dont_write_bytecode = True
import shop as canary
from shop import NEW, Shop

HERE = Path(__file__).resolve().parent
# What the plan calls it, and what the machine announces.
OCCASIONS = {
    "started": "started",
    "stage_reached": "stage_moved",
    "rolled_back": "rolled_back",
    "completed": "completed",
}


def plan_for_now(text):
    """The plan, with its working time around now: a release outside of it is refused."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    start, end = ((now + timedelta(minutes=by)).strftime("%Y-%m-%dT%H:%M:%SZ") for by in (-1, 59))
    text, found = re.subn(r"(?m)^schedule: .*$", f"schedule: {{start: {start}, end: {end}}}", text)
    assert found == 1, "the plan has no line with its schedule"
    return text


def told_before(text):
    """That the notices of the plan were given in time, as whoever gave them writes it down."""
    at = (datetime.now(timezone.utc) - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    noticed = re.findall(r"(?m)^  - \{stakeholder: (\w+), occasion: notice,", text)
    told = (f"  - {{stakeholder: {who}, occasion: notice, at: {at}, source: this script}}\n" for who in noticed)
    return "told:\n" + "".join(told)


def limit(text):
    """How long a rollback may take by the plan, in seconds."""
    return float(re.search(r"(?m)^limits: .*\brollback: (\d+)s", text)[1])


def audience(text):
    """Who is told of what, and where, by the plan."""
    lines = re.findall(r"(?m)^  - \{stakeholder: (\w+), occasion: (\w+), lead: \w+, channel: (.+?), by:", text)
    assert lines, "the plan tells nobody"
    told = {}
    for stakeholder, occasion, channel in lines:
        told.setdefault(occasion, []).append(f"{stakeholder} ({channel.strip(chr(34))})")
    return told


def release(toban, plan, journal, environment, stack):
    """Runs the release as its people would, and gives the code that it ends with."""
    def say(*words):
        print(f"$ toban release {' '.join(words)}", flush=True)
        process = subprocess.Popen([toban, "release", *words], env=environment)
        stack.callback(process.kill)
        return process

    seen = str(plan.with_name("seen.yaml"))
    running = say("run", "--plan", str(plan), "--evidence", seen, "--journal", str(journal))
    time.sleep(1)
    say("approve", "--journal", str(journal), "--by", "carol", "--why", "looked at the plan").wait()
    return running.wait()


def tell(at, plan_text, began):
    told = audience(plan_text)
    print("who was told what:")
    for line in canary.lines(at / canary.TOLD):
        what = json.loads(line["what"])
        name, details = next(iter(what.items())) if isinstance(what, dict) else (what, {})
        if name == "stage_reached":
            text = f"stage {details['stage'] + 1} reached"
        else:
            text = " ".join([name.replace("_", " "), *(json.dumps(value) for value in details.values() if details)])
        people = ", ".join(told.get(OCCASIONS.get(name), ["the plan names nobody"]))
        print(f"  {line['at'] - began:5.1f} s  {text}: {people}")


def account(shop, rollback_limit):
    """What nginx and the shop wrote down of the bad version; what is wrong with it."""
    asked = [line for line in canary.log(shop.at / "access.log") if line.backend.endswith(f":{shop.port(NEW)}")]
    moves = canary.lines(shop.at / canary.MOVES)
    print("traffic of 2.0: " + ", ".join(f"{move['weight']} %" for move in moves))
    failed = [line for line in asked if line.failed]
    if failed:
        # What nginx wrote is when the request ended.
        first = failed[0].at - (failed[0].seconds or 0)
        back = next((move["at"] for move in moves if move["at"] > first and move["weight"] == 0), None)
        if back is None:
            return ["a bad version keeps its traffic"]
        print(f"of {len(asked)} requests {NEW} failed {len(failed)}; from the first of them to traffic at 0 %: "
              f"{back - first:.1f} s, and {rollback_limit:.0f} s are allowed")
        if back - first > rollback_limit:
            return ["the traffic came back too late"]
    return []


def main():
    parse = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parse.add_argument("version", choices=("good", "bad"))
    parse.add_argument("--toban", default="toban", help="the command (toban)")
    parse.add_argument("--rate", type=int, default=200, help="requests a second (200)")
    options = parse.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # and clean up

    plan_text = plan_for_now((HERE / "plan.yaml").read_text())
    with contextlib.ExitStack() as stack:
        at = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shop-"))).resolve()
        # The interpreter of this script is the one that all programs of the plan find.
        path = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}"
        environment = os.environ | {"SHOP": str(at / "shop"), "PATH": path}

        def shop_py(*words, **more):
            argv = [sys.executable, str(HERE / "shop.py"), *map(str, words)]
            return subprocess.Popen(argv, env=environment, start_new_session=True, **more)

        stack.callback(lambda: shop_py("down").wait())
        if shop_py("up", *(["--bad"] if options.version == "bad" else [])).wait():
            raise SystemExit(1)
        # Programs run where the plan stands.
        (at / "shop.py").symlink_to(HERE / "shop.py")
        plan = at / "plan.yaml"
        plan.write_text(plan_text)
        (at / "seen.yaml").write_text(told_before(plan_text))
        clients = shop_py("load", "--seconds", 600, "--rate", options.rate, stdout=subprocess.PIPE, text=True)
        stack.callback(clients.kill)
        began = time.time()
        code = release(options.toban, plan, at / "release.db", environment, stack)
        print(f"toban ended with {code}")
        clients.terminate()
        seen = clients.communicate(timeout=60)[0]
        print("what the clients saw\n  " + seen.strip().replace("\n", "\n  "))
        shop = Shop(at / "shop")
        wrong = account(shop, limit(plan_text))
        tell(shop.at, plan_text, began)
        routed = shop.routed()[0]
        if routed != (100 if options.version == "good" else 0):
            wrong.append(f"{NEW} has {routed} % of the traffic in the end")
        if options.version == "good" and not re.match(r"all the time: sent \S+, failed 0 ", seen):
            wrong.append("a request failed though the version is good")
    if wrong:
        raise SystemExit("; ".join(wrong))


if __name__ == "__main__":
    main()
