#!/usr/bin/env python3
"""Writes japan.csv beside itself: Japan's holidays from two libraries, which the test compares with ours.

Needs Python 3.10 or later, and `pip install holidays jpholiday`; the versions that answered stand in the first line.
No argument.

Every date from 1949 to 2099 that is a holiday to either of the two, in ascending order, with the names that they have
for it. A name that is empty says that it is no holiday to that library; what is right then, the test states. They get
there by different ways: `holidays` has the days of the equinoxes as a table, `jpholiday` computes the place of the sun.

japan.csv    date,holidays (Japanese),holidays (English),jpholiday
"""

import csv
from datetime import date
from importlib.metadata import version
from pathlib import Path

import holidays
import jpholiday

FIRST, LAST = 1949, 2099


def of_holidays(language):
    return dict(holidays.Japan(years=range(FIRST, LAST + 1), language=language))


def of_jpholiday():
    days = {}
    for holiday in jpholiday.between(date(FIRST, 1, 1), date(LAST, 12, 31)):
        day, name = holiday[:2]
        assert day not in days, f"two names for {day}"
        days[day] = name
    return days


def main():
    japanese, english, other = of_holidays("ja"), of_holidays("en_US"), of_jpholiday()
    assert japanese.keys() == english.keys()
    with (Path(__file__).parent / "japan.csv").open("w", newline="") as out:
        out.write(f"# holidays {version('holidays')}, jpholiday {version('jpholiday')}\n")
        out.write("# date,holidays (Japanese),holidays (English),jpholiday\n")
        rows = csv.writer(out, lineterminator="\n")
        for day in sorted(japanese.keys() | other.keys()):
            rows.writerow([day, japanese.get(day, ""), english.get(day, ""), other.get(day, "")])
    apart = sorted(japanese.keys() ^ other.keys())
    print(f"{len(japanese.keys() & other.keys())} days in both, {len(apart)} in one:", *apart)


if __name__ == "__main__":
    main()
