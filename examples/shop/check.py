#!/usr/bin/env python3
"""Checks the recording: reads it with nothing but the standard library and says what it shows.

    ./check.py [DIR]

Prints the hours, the faults, and for each objective the bad of the total and the
alerts of the SRE workbook's policy, worked out minute by minute with exact
fractions; fails when something that the README promises is not there.
"""

import csv
import gzip
import re
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

FAULT_COLUMNS = ("start_time", "end_time", "status", "service", "kind", "slow", "slo")
LINE = re.compile(
    r'(?P<address>\S+) - (?P<user>\S+) \[(?P<time>[^]]+)] "(?P<method>[A-Z]+) (?P<path>\S+) HTTP/1\.1" '
    r'(?P<status>\d{3}) (?P<bytes>\d+) "(?P<referer>[^"]*)" "(?P<agent>[^"]*)" (?P<seconds>\d+\.\d{3})'
)
SLOW = 0.5  # seconds
MINUTE = timedelta(minutes=1)
# name, long and short window in minutes, factor: the Site Reliability Workbook, chapter 5
WORKBOOK = (
    ("page-fast 1h/5m>=14.4", 60, 5, Fraction("14.4")),
    ("page-slow 6h/30m>=6", 360, 30, Fraction(6)),
    ("ticket-fast 1d/2h>=3", 1440, 120, Fraction(3)),
    ("ticket-slow 3d/6h>=1", 4320, 360, Fraction(1)),
)


@dataclass(frozen=True, slots=True)
class Line:
    time: datetime
    address: str
    path: str
    status: int
    seconds: float

    @property
    def failed(self):
        return self.status >= 500

    @property
    def slow(self):
        return self.seconds >= SLOW

    def concerns(self, service):
        return service == "shop" or self.path.startswith("/api/")


def read_log(path):
    lines = []
    with gzip.open(path, "rt") as file:
        for number, text in enumerate(file, 1):
            match = LINE.fullmatch(text.rstrip("\n"))
            if not match:
                raise SystemExit(f"{path}:{number}: not a line of this format: {text!r}")
            time = datetime.strptime(match["time"], "%d/%b/%Y:%H:%M:%S %z")
            lines.append(Line(time, match["address"], match["path"], int(match["status"]), float(match["seconds"])))
    return lines


def read_faults(path):
    with path.open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["start"], row["end"] = (datetime.fromisoformat(row[name]) for name in ("start_time", "end_time"))
    return rows


def share(lines, test):
    return sum(map(test, lines)) / len(lines) if lines else 0.0


def print_hours(lines):
    print(f"{'hour':14} {'lines':>6} {'4xx':>7} {'5xx':>7} {'>=500ms':>8} {'mean ms':>8}")
    hours = {}
    for line in lines:
        hours.setdefault(line.time.replace(minute=0, second=0), []).append(line)
    for hour, those in hours.items():
        client = share(those, lambda line: 400 <= line.status < 500)
        failed, slow = share(those, lambda line: line.failed), share(those, lambda line: line.slow)
        mean = sum(line.seconds for line in those) / len(those) * 1000
        print(f"{hour:%d %b %H:%M}   {len(those):6} {client:7.2%} {failed:7.2%} {slow:8.2%} {mean:8.1f}")


def alerts(title, lines, bad, objective, start, minutes):
    """Prints and returns (name, fired, resolved or None) of each workbook pair, at the end of each minute."""
    budget = 1 - objective
    sums = [(0, 0)]
    bads, totals = Counter(), Counter()
    for line in lines:
        minute = (line.time - start) // MINUTE
        totals[minute] += 1
        bads[minute] += bad(line)
    for minute in range(minutes):
        sums.append((sums[-1][0] + bads[minute], sums[-1][1] + totals[minute]))

    def burns(now, window, factor):
        then = max(0, now - window)
        failed, total = sums[now][0] - sums[then][0], sums[now][1] - sums[then][1]
        return total > 0 and failed >= factor * budget * total

    found = []
    for name, long, short, factor in WORKBOOK:
        fired = None
        for now in range(1, minutes + 1):
            firing = burns(now, long, factor) and burns(now, short, factor)
            if firing and fired is None:
                fired = now
            elif not firing and fired is not None:
                found.append((name, fired, now))
                fired = None
        if fired is not None:
            found.append((name, fired, None))
    found.sort(key=lambda alert: alert[1])

    def at(minute):
        return f"{start + minute * MINUTE:%d %b %H:%M}" if minute else "still firing"

    print(f"\n{title}: {sums[-1][0]:,} bad of {sums[-1][1]:,}")
    for name, fired, resolved in found:
        print(f"  {name:21} fired {at(fired)}, resolved {at(resolved)}")
    return found


def print_slices(lines, start, minutes):
    """Five-minute slices whose mean is above 200 ms."""
    slices = {}
    for line in lines:
        slices.setdefault((line.time - start) // (5 * MINUTE), []).append(line.seconds)
    bad = sum(sum(times) / len(times) > 0.2 for times in slices.values())
    print(f"\nmean of five minutes at most 200 ms: {bad} bad of {len(slices)}, {-(-minutes // 5) - len(slices)} empty")


def main(folder, whole=True):
    """`whole`: all three days were recorded, so everything the README promises must be there."""
    lines, faults = read_log(folder / "access.log.gz"), read_faults(folder / "faults.csv")
    start = lines[0].time.replace(hour=0, minute=0, second=0)
    print_hours(lines)

    wrong = []

    def expect(truth, what):
        if not truth:
            wrong.append(what)

    print("\nfaults")
    for fault in faults:
        kind = fault["kind"]
        during = [line for line in lines
                  if fault["start"] <= line.time < fault["end"] and line.concerns(fault["service"])]
        failed, slow = share(during, lambda line: line.failed), share(during, lambda line: line.slow)
        gone = share(during, lambda line: line.status == 404)
        print(f"  {kind:16} {fault['start_time']} {fault['end_time']}  "
              f"5xx {failed:6.2%}, slow {slow:6.2%}, 404 {gone:6.2%} of {len(during)}")
        seen = {
            "bad-deploy": 0.15 < failed < 0.25,
            "outage": failed > 0.95 and all(line.status == 502 for line in during if line.failed),
            "scan": gone > 0.3 and failed < 0.001,
            "slow-database": slow > 0.4 and failed < 0.005,
            "slow-burn": 0.003 < failed < 0.007,
            "payment-failure": 0.15 < failed < 0.35,
        }[kind]
        expect(seen, f"{kind} is not visible in the log at its time")
        expect(abs(failed - float(fault["status"])) < 0.001, f"{kind}: faults.csv states another share of 5xx")

    # A line is written when its request ends: what a fault did may show up to 3 s (of 300 times) later.
    tail = timedelta(minutes=16)
    quiet = [line for line in lines if not any(f["start"] <= line.time < f["end"] + tail for f in faults)]
    failed, slow = share(quiet, lambda line: line.failed), share(quiet, lambda line: line.slow)
    client = share(quiet, lambda line: 400 <= line.status < 500)
    print(f"  {'outside of them':16} 5xx {failed:6.2%}, slow {slow:6.2%}, 4xx {client:6.2%} of {len(quiet)}")
    expect(failed == 0, "there are failures that no fault explains")
    expect(slow < 0.005, "requests are slow without a fault")
    expect(0.005 < client < 0.05, "the background of client errors is missing")

    late = sum(a.time > b.time for a, b in zip(lines, lines[1:]))
    statuses = Counter(line.status for line in lines)
    print(f"\n{len(lines):,} lines, {(folder / 'access.log.gz').stat().st_size:,} bytes packed, "
          f"{lines[0].time:%FT%TZ} to {lines[-1].time:%FT%TZ}, {late} out of order")
    print("statuses:", ", ".join(f"{status} {count:,}" for status, count in sorted(statuses.items())))
    expect(all(re.match(r"192\.0\.2\.|198\.51\.100\.|203\.0\.113\.", line.address) for line in lines),
           "an address is not of a documentation range")
    expect(late == 0, "the log is not in order of time")

    minutes = -(-(lines[-1].time - start) // MINUTE)
    shop = alerts("availability 99.9 %", lines, lambda line: line.failed, Fraction("0.999"), start, minutes)
    api = [line for line in lines if line.path.startswith("/api/")]
    alerts("checkout 99.5 %", api, lambda line: line.failed, Fraction("0.995"), start, minutes)
    answered = [line for line in lines if not line.failed]
    alerts("latency 95 % under 500 ms", answered, lambda line: line.slow, Fraction("0.95"), start, minutes)
    print_slices(lines, start, minutes)

    if whole:
        expect(len(lines) >= 60_000, "fewer than 60,000 lines")
        expect(lines[-1].time - lines[0].time > timedelta(hours=71), "less than three days")
        expect((folder / "access.log.gz").stat().st_size <= 2_000_000, "larger than 2 MB")
        expect(len(faults) == 6, "a fault is missing in faults.csv")
        expect(any(name.startswith("page") and resolved for name, _, resolved in shop), "no page fires and resolves")
        expect(any(name.startswith("ticket") for name, _, _ in shop), "no ticket fires")
    for what in wrong:
        print("WRONG:", what, file=sys.stderr)
    if wrong:
        raise SystemExit(1)
    print("\nall as stated")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
