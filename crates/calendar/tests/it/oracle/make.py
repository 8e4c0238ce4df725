#!/usr/bin/env python3
"""Writes civil.csv and periods.csv beside itself: the answers of Python's zoneinfo, which the test compares with ours.

Needs Python 3.9 or later and the system's IANA database (Debian: tzdata 2025b was used). No argument.

civil.csv    zone,civil,kind,first,second    kind: once | fold (earlier, later) | gap (instant of the jump, shifted)
periods.csv  zone,every,unit,anchor,at,start,end          all instants in UTC
"""

import calendar
import csv
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

UTC = timezone.utc
CIVIL = "%Y-%m-%dT%H:%M:%S"
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)

# Zone, first and last year: the years that have something to show.
ZONES = [
    ("America/New_York", 2005, 2008),
    ("Europe/Berlin", 2023, 2024),
    ("Europe/London", 1968, 1972),
    ("Europe/Dublin", 2025, 2025),
    ("Australia/Sydney", 2007, 2009),
    ("Australia/Lord_Howe", 2024, 2025),
    ("America/Sao_Paulo", 2016, 2019),
    ("America/Havana", 2024, 2024),
    ("America/St_Johns", 2009, 2012),
    ("America/Caracas", 2007, 2016),
    ("Africa/Cairo", 2010, 2010),
    ("Africa/Casablanca", 2024, 2024),
    ("Asia/Gaza", 2023, 2024),
    ("Asia/Kathmandu", 1985, 1986),
    ("Asia/Pyongyang", 2015, 2018),
    ("Asia/Tehran", 2022, 2022),
    ("Asia/Tokyo", 2023, 2024),
    ("Antarctica/Troll", 2024, 2024),
    ("Pacific/Apia", 2011, 2012),
    ("Pacific/Fakaofo", 2011, 2011),
    ("Pacific/Kwajalein", 1969, 1969),
    ("Pacific/Kwajalein", 1993, 1993),
    ("UTC", 2024, 2024),
]
UNITS = ["day", "week", "month", "quarter", "year"]


def local(at, zone):
    return at.astimezone(zone).replace(tzinfo=None)


def transitions(zone, first, last):
    """Every instant within the years at which the offset from UTC changes."""
    at, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    while at < end:
        before, after = at, at + DAY
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            while after - before > SECOND:
                middle = before + (after - before) // 2
                middle = middle.replace(microsecond=0)
                same = middle.astimezone(zone).utcoffset() == at.astimezone(zone).utcoffset()
                before, after = (middle, after) if same else (before, middle)
            yield after
        at += DAY


def resolve(civil, zone):
    """kind, first, second."""
    candidates = sorted({civil.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)})
    shown = [at for at in candidates if local(at, zone) == civil]
    if shown:
        return ("once", shown[0], None) if len(shown) == 1 else ("fold", shown[0], shown[1])
    # In a gap fold=0 reads with the offset before the jump, so its instant lies after the jump.
    shifted, low = candidates[-1], candidates[0]
    jump = next(t for t in transitions_between(zone, low - DAY, shifted + DAY) if local(t, zone) > civil)
    return "gap", jump, shifted


def transitions_between(zone, low, high):
    return (t for t in transitions(zone, low.year - 1, high.year + 1) if low <= t <= high)


def boundary(civil, zone):
    _, first, _ = resolve(civil, zone)
    return first


def step(anchor, unit, count):
    if unit in ("day", "week"):
        return anchor + DAY * count * (7 if unit == "week" else 1)
    months = anchor.year * 12 + anchor.month - 1 + count * {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = divmod(months, 12)
    day = min(anchor.day, calendar.monthrange(year, month + 1)[1])
    return anchor.replace(year=year, month=month + 1, day=day)


def containing(zone, every, unit, anchor, at):
    """Counts from the anchor: slow, but nothing is guessed. The first estimate only has to lie too low."""
    shortest = {"day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}[unit]
    longest = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[unit]
    days = (local(at, zone) - anchor).days
    number = (days // (longest if days > 0 else shortest)) // every - 3
    while boundary(step(anchor, unit, (number + 1) * every), zone) <= at:
        number += 1
    start = boundary(step(anchor, unit, number * every), zone)
    end = boundary(step(anchor, unit, (number + 1) * every), zone)
    assert start <= at < end, (zone, unit, at)
    return start, end


def text(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""


def main():
    here = Path(__file__).parent
    chance = random.Random(20260401)
    civil_rows, period_rows = [], []
    for name, first, last in ZONES:
        zone = ZoneInfo(name)
        found = list(transitions(zone, first, last))
        civils, instants = set(), set()
        for jump in found:
            before, after = local(jump - SECOND, zone) + SECOND, local(jump, zone)
            low, high = min(before, after), max(before, after)
            middle = low + (high - low) // 2
            civils |= {low - SECOND, low, middle, high - SECOND, high}
            instants |= {jump - SECOND, jump, jump + timedelta(hours=30)}
        for _ in range(4):
            seconds = chance.randrange((last + 1 - first) * 365 * 86400)
            civils.add(datetime(first, 1, 1) + timedelta(seconds=seconds))
            instants.add(datetime(first, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
        for civil in sorted(civils):
            kind, one, two = resolve(civil, zone)
            civil_rows.append([name, civil.strftime(CIVIL), kind, text(one), text(two)])
        for jump in found:
            inside = local(jump - SECOND, zone) + SECOND + timedelta(minutes=20)
            if resolve(inside, zone)[0] == "gap":
                anchor = datetime.combine(datetime(2020, 2, 29), inside.time())
                start, end = containing(zone, 1, "day", anchor, jump)
                period_rows.append([name, 1, "day", anchor.strftime(CIVIL), text(jump), text(start), text(end)])
        for at in sorted(instants):
            asked = [(1, unit, None) for unit in ("day", chance.choice(UNITS[1:]))]
            anchor = datetime(chance.choice([1952, 1988, 2024]), *chance.choice([(1, 31), (2, 29), (8, 30)]))
            anchor += timedelta(minutes=chance.randrange(48) * 30)
            asked.append((chance.choice([1, 2, 3, 5]), chance.choice(UNITS), anchor))
            for every, unit, anchor in asked:
                start, end = containing(zone, every, unit, anchor or datetime(2001, 1, 1), at)
                shown = anchor.strftime(CIVIL) if anchor else ""
                period_rows.append([name, every, unit, shown, text(at), text(start), text(end)])
    for file, rows in (("civil.csv", civil_rows), ("periods.csv", period_rows)):
        with (here / file).open("w", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main()
