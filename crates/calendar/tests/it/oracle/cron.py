#!/usr/bin/env python3
"""Writes cron.csv beside itself: when cronsim, which follows Debian's cron, starts random five-field expressions.

Needs Python 3.9 or later, the package cronsim (2.8 was used) and the system's IANA database (Debian: tzdata 2025b was
used). No argument.

cron.csv    expression;days;zone;start;first;second;third;fourth;fifth

days: `one` where the days of the month or those of the week are free, and else how Debian's cron joins the two: `and`
where one of them begins with `*`, `or` where none does. The five instants are those after start, all in UTC.
"""

import csv
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

UTC = timezone.utc
FORM = "%Y-%m-%dT%H:%M:%SZ"
# Clocks that change by an hour, by half an hour, by two hours, at midnight, by whole days, or never.
ZONES = [
    "Africa/Cairo",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Apia",
    "UTC",
]
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
WEEK = "SUN MON TUE WED THU FRI SAT".split()
EXPRESSIONS = 420


def changes(zone):
    """The hours of the years 2009 to 2026 in which the offset changes."""
    at, found = datetime(2009, 1, 1, tzinfo=UTC), []
    offset = at.astimezone(zone).utcoffset()
    while at.year < 2027:
        at += timedelta(hours=1)
        if (now := at.astimezone(zone).utcoffset()) != offset:
            found.append(at)
            offset = now
    return found


def numbers(chance, low, high, often):
    """A list, a range or a step within low to high; mostly of those that are said to come often."""
    value = lambda: chance.choice(often) if chance.random() < 0.7 else chance.randint(low, high)
    ends = sorted([value(), chance.randint(low, high)])
    # cronsim lets a range of one value, as 2-2/3, begin one without end; for cron, and here, it is that value.
    while ends[0] == ends[1]:
        ends = sorted([value(), chance.randint(low, high)])
    # A step that leaves the range at once looks like one that comes back: it is refused here.
    step = chance.choice([step for step in [1, 2, 3, 5, 7, 15] if step < high])
    return chance.choice(
        [
            str(value()),
            str(value()),
            f"{value()},{value()}",
            f"{ends[0]}-{ends[1]}",
            f"{ends[0]}-{ends[1]}/{step}",
            f"*/{step}",
            f"{value()},{ends[0]}-{ends[1]}/{step},{value()}",
        ]
    )


def minute(chance):
    return "*" if chance.random() < 0.08 else numbers(chance, 0, 59, [0, 5, 15, 30, 45, 59])


def hour(chance):
    return "*" if chance.random() < 0.15 else numbers(chance, 0, 23, [0, 1, 2, 3, 22, 23])


def day_of_month(chance):
    if chance.random() < 0.45:
        return "*"
    return chance.choice(["L", "LW", "L,15", "1-31", "*/2", "*/3", numbers(chance, 1, 31, [1, 10, 15, 25, 28, 31])])


def month(chance):
    if chance.random() < 0.6:
        return "*"
    name = lambda: case(chance, chance.choice(MONTHS))
    first, last = sorted(chance.sample(range(12), 2))
    between = f"{case(chance, MONTHS[first])}-{case(chance, MONTHS[last])}"
    return chance.choice([name(), f"{name()},{name()}", between, numbers(chance, 1, 12, [2, 3, 4, 10, 11])])


def day_of_week(chance):
    if chance.random() < 0.45:
        return "*"
    name = case(chance, chance.choice(WEEK))
    first, last = sorted(chance.sample(range(7), 2))
    nth = f"{chance.choice([name, str(chance.randint(0, 7))])}#{chance.randint(1, 5)}"
    return chance.choice(
        [
            name,
            str(chance.randint(0, 7)),
            f"{case(chance, WEEK[first])}-{case(chance, WEEK[last])}",
            nth,
            f"{nth},{name}",
            f"{chance.randint(0, 7)}L",
            chance.choice(["0-6", "1-7", "5-7", "0,7", "SUN-SAT", "1-FRI"]),
            chance.choice(["*/2", "*/4"]),
            numbers(chance, 0, 7, [0, 1, 5, 7]),
        ]
    )


def case(chance, name):
    return chance.choice([name, name.lower(), name.capitalize()])


def days(expression, parts):
    month, week = expression.split()[2::2]
    plain = {day % 7 for day in parts.weekdays if isinstance(day, int)}
    every_date = month.startswith("*") and set(range(1, 32)) <= set(parts.days)
    if every_date or (week.startswith("*") and plain == set(range(7))):
        return "one"
    return "and" if parts.day_and else "or"


def firings(expression, zone, start):
    """The first five after the start.

    Two habits of cronsim are none of cron's. It begins with readings before the start where clocks show them again
    after it: these are left out. And to what runs by the clock it names a midnight that the clock skips: from the
    second before it, it sees what the clock shows instead.
    """
    found, sim = [], CronSim(expression, start.astimezone(zone))
    while len(found) < 5:
        shown = next(sim, None)
        if shown is None:
            return []
        at = shown.astimezone(UTC)
        if at.astimezone(shown.tzinfo).replace(tzinfo=None) != shown.replace(tzinfo=None):
            sim = CronSim(expression, (at - timedelta(seconds=1)).astimezone(zone))
        elif at > start:
            found.append(at)
    return found


def main():
    chance = random.Random(20260501)
    near = {name: changes(ZoneInfo(name)) for name in ZONES}
    rows = []
    while len(rows) < 2 * EXPRESSIONS:
        fields = (minute, hour, day_of_month, month, day_of_week)
        expression = " ".join(field(chance) for field in fields)
        for _ in range(2):
            name = chance.choice(ZONES)
            if name == "Australia/Lord_Howe" and any(word.startswith("*") for word in expression.split()[:2]):
                continue  # cronsim goes on by hours to hh:30 where clocks change by half of one, and misses hh:00
            zone = ZoneInfo(name)
            start = datetime(2016, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(10 * 365 * 1440))
            if near[name] and chance.random() < 0.75:
                start = chance.choice(near[name]) - timedelta(minutes=chance.randrange(-180, 2160))
            try:
                parts = CronSim(expression, start)
                found = firings(expression, zone, start)
            except CronSimError:
                continue
            if found:
                shown = [at.strftime(FORM) for at in [start, *found]]
                rows.append([expression, days(expression, parts), name, *shown])
    with (Path(__file__).parent / "cron.csv").open("w", newline="") as out:
        csv.writer(out, delimiter=";", lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main()
