#!/usr/bin/env python3
"""One SLO, the same series, the same windows: recording rules in Prometheus, and the streaming evaluator.

    python3 benches/peer/prometheus.py [--hours 6] [--keep DIR]

Needs `prometheus` and `promtool` of version 2 (Debian package prometheus) and cargo. It makes 31 days of two
counters, one sample a minute, and then evaluates the error ratio over eight windows once a minute for the last hours:

- Prometheus: the samples become blocks of its database, a server is started on 127.0.0.1, and evaluates what eight
  recording rules evaluate: one query for each window at each minute. Counted is the CPU time that the server spends
  meanwhile, not its start. Beside it stands what one range query for each window costs, which is how rules are made
  up for afterwards.
- Toban: `error_ratios` reads the increase of each minute, records it, ticks, and prints the same ratios. Counted is
  the CPU time of the whole process, reading 31 days and printing included.

Every ratio is compared; it fails above 1e-9, or where one side has a ratio that the other has not. Both count the
same events, because each window begins and ends on a sample, and a range of Prometheus 2 holds both. A range of
Prometheus 3 leaves out the sample at its beginning: it extrapolates what it does not see, and its ratios are others.
With another version than 2 nothing is compared, and this says so.

Prometheus reads a database, in a language that can ask
anything; the evaluator keeps sums. The ratio of the two says what a service saves that counts its own requests.
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START = 1_767_225_600  # 2026-01-01T00:00:00Z
DAYS = 31
WINDOWS = {"5m": 300, "30m": 1800, "1h": 3600, "2h": 7200, "6h": 21_600, "1d": 86_400, "3d": 259_200, "30d": 2_592_000}
CLOSE = 1e-9


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--hours", type=int, default=6, help="so many last hours are evaluated (default 6)")
    arguments.add_argument("--keep", type=Path, help="work in this folder, and leave it behind")
    arguments = arguments.parse_args()
    for program in ("prometheus", "promtool"):
        if not shutil.which(program):
            sys.exit(f"{program} is not installed (Debian package prometheus)")
    if not version().startswith("2."):
        sys.exit(f"Prometheus {version()} is installed: only a range of Prometheus 2 holds the samples on both its ends")
    work = arguments.keep or Path(tempfile.mkdtemp(prefix="toban-peer-"))
    work.mkdir(parents=True, exist_ok=True)
    try:
        compare(work, arguments.hours)
    finally:
        if not arguments.keep:
            shutil.rmtree(work)


def version():
    """Such as 2.42.0+ds: the third word of what it says of itself."""
    return run(["prometheus", "--version"]).split()[2]


def compare(work, hours):
    minutes = list(traffic(DAYS * 1440))
    # The first sample stands at START with counters of zero; minute k ends with sample k + 1.
    first, last = START + (DAYS * 1440 - hours * 60 + 1) * 60, START + DAYS * 1440 * 60
    theirs, their_cpu, at_once = prometheus(work, minutes, first, last)
    ours, our_cpu = toban(minutes, first)
    if theirs.keys() != ours.keys():
        only = [sorted(theirs.keys() - ours.keys())[:3], sorted(ours.keys() - theirs.keys())[:3]]
        sys.exit(f"only in Prometheus, only in Toban: {only}")
    worst = max(ours, key=lambda key: abs(ours[key] - theirs[key]))
    difference = abs(ours[worst] - theirs[worst])
    print(f"{len(ours)} error ratios: {len(WINDOWS)} windows at {hours * 60} minutes, after {DAYS} days of samples")
    print(f"against Prometheus {version()}, on {os.cpu_count()} cores")
    print(f"largest difference      {difference:.3g} (at most {CLOSE:g}), window {worst[0]} s")
    print(f"CPU of Prometheus       {their_cpu:8.2f} s  {their_cpu / len(ours) * 1e6:10.1f} us a ratio")
    print(f"  as range queries      {at_once:8.2f} s  {at_once / len(ours) * 1e6:10.1f} us a ratio")
    print(f"CPU of Toban            {our_cpu:8.2f} s  {our_cpu / len(ours) * 1e6:10.1f} us a ratio")
    print(f"Prometheus / Toban      {their_cpu / our_cpu:8.0f}")
    if difference > CLOSE:
        sys.exit("the ratios differ")


def traffic(count):
    """Bad and total of each minute: a day's rhythm, errors now and then, three outages."""
    draw = random.Random(20260101)
    outages = [(9000, 45), (30_000, 240), (count - 200, 35)]
    for minute in range(count):
        share = minute % 1440 / 1440
        total = draw.randrange(200, 400) + int(1500 * (share if share < 0.5 else 1 - share))
        is_out = any(start <= minute < start + length for start, length in outages)
        bad = total * draw.randrange(5, 60) // 100 if is_out else (draw.randrange(3) if draw.random() < 0.2 else 0)
        yield bad, total


def prometheus(work, minutes, first, last):
    """The ratios by window and time, and the CPU seconds of the server: one query a minute, and all at once."""
    samples = work / "samples.txt"
    with samples.open("w") as file:
        for name, part in (("shop_failed", 0), ("shop_requests", 1)):
            file.write(f"# TYPE {name} counter\n")
            sum_ = 0
            file.write(f"{name}_total 0 {START}\n")
            for minute, tally in enumerate(minutes):
                sum_ += tally[part]
                file.write(f"{name}_total {sum_} {START + (minute + 1) * 60}\n")
        file.write("# EOF\n")
    data = work / "data"
    run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q", str(samples), str(data)])
    (work / "prometheus.yml").write_text("{}")
    address = f"127.0.0.1:{free_port()}"
    server = subprocess.Popen(
        ["prometheus", f"--config.file={work}/prometheus.yml", f"--storage.tsdb.path={data}",
         "--storage.tsdb.retention.time=100y", f"--web.listen-address={address}", "--log.level=error"],
    )
    try:
        await_ready(server, f"http://{address}/-/ready")
        before = cpu_of(server.pid)
        recorded = {
            (seconds, at): float(one["value"][1])
            for window, seconds in WINDOWS.items()
            for at in range(first, last + 1, 60)
            for one in ask(address, "query", window, time=at)
        }
        as_rules = cpu_of(server.pid) - before
        at_once = {
            (seconds, int(at)): float(value)
            for window, seconds in WINDOWS.items()
            for one in ask(address, "query_range", window, start=first, end=last, step=60)
            for at, value in one["values"]
        }
        afterwards = cpu_of(server.pid) - before - as_rules
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
    if recorded != at_once:
        sys.exit("Prometheus does not agree with itself")
    return recorded, as_rules, afterwards


def ask(address, query, window, **times):
    """The error ratio over a window, as the series of an answer."""
    expression = f"increase(shop_failed_total[{window}]) / increase(shop_requests_total[{window}])"
    asked = urllib.parse.urlencode({"query": expression, **times}).encode()
    with urllib.request.urlopen(f"http://{address}/api/v1/{query}", asked, timeout=600) as answer:
        return json.load(answer)["data"]["result"]


def toban(minutes, first):
    """The same from the streaming evaluator, with the CPU seconds of its whole process."""
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    run(["cargo", "build", "--quiet", "--release", "-p", "toban-benches", "--example", "error_ratios"], cwd=ROOT)
    lines = "".join(f"{bad} {total}\n" for bad, total in minutes)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    printed = run([f"{target}/release/examples/error_ratios", str(START), str(first)], input=lines)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    ratios = {}
    for line in printed.splitlines():
        window, at, bad, total = map(int, line.split())
        ratios[window, at] = bad / total
    return ratios, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(words, **options):
    done = subprocess.run(words, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def free_port():
    """Below the range from which outgoing connections take theirs."""
    for port in random.Random().sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    sys.exit("no free port")


def await_ready(server, url):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if urllib.request.urlopen(url, timeout=1).status == 200:
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("prometheus did not start")


def cpu_of(pid):
    """User and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
