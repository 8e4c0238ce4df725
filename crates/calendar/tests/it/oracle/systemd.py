#!/usr/bin/env python3
"""Writes systemd.csv beside itself: when systemd says that calendar events elapse, which the test compares with ours.

Needs Python 3.9 or later and systemd-analyze (Debian: systemd 252 was used). No argument.

systemd.csv    zone;event;start;twelve instants        start and instants in UTC

Only zones whose clocks do not change: what systemd does where they do is another matter.
"""

import csv
import os
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path

# The days 1, 8, 15 … are listed: of 1/7, systemd 252 misses the first after the turn of a year.
EVENTS = [
    "*-*~1 09:00",
    "*-*~3 09:00",
    "*-*~10 00:00:30",
    "Fri *-*~7/1 16:00",
    "Mon *-*-1,15 10:00",
    "Mon..Fri 09:00",
    "*:0/15",
    "*-1,4,7,10-1 00:00",
    "*-3,6,9,12~1 17:30",
    "*-2-29 12:00",
    "Tue *-*-8..14 03:00",
    "Sat,Sun *-8-* 6,18:30",
    "2027..2029-*-31 23:59:59",
    "*-*-1,8,15,22,29 05:05",
]
STARTS = ["2026-01-01 00:00:00", "2027-02-28 08:59:59", "2028-02-29 12:00:00", "2099-12-30 23:00:00"]
ZONES = {"UTC": "UTC", "+09:00": "Asia/Tokyo"}


def elapses(zone, event, start):
    words = ["systemd-analyze", "calendar", "--iterations=12", f"--base-time={start}", event]
    done = subprocess.run(words, env={**os.environ, "TZ": zone, "LC_ALL": "C"}, capture_output=True, text=True)
    done.check_returncode()
    label = r"(?:Next elapse|Iter\. #\d+):" if zone == "UTC" else r"\(in UTC\):"
    return re.findall(label + r" \w{3} (\S+ \S+) UTC", done.stdout)


def main():
    rows = []
    for name, zone in ZONES.items():
        for event in EVENTS:
            for start in STARTS:
                at = datetime.fromisoformat(start).replace(tzinfo=timezone.utc)
                found = elapses(zone, event, start + " UTC")
                shown = [at.strftime("%Y-%m-%d %H:%M:%S"), *found]
                rows.append([name, event, *(one.replace(" ", "T") + "Z" for one in shown)])
    with (Path(__file__).parent / "systemd.csv").open("w", newline="") as out:
        csv.writer(out, delimiter=";", lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main()
