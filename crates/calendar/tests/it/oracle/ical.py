#!/usr/bin/env python3
"""Reads the calendars beside itself, ical-*.ics, and writes ical.csv: when each entry happens to a reader of RFC 5545.

Needs Python 3.9 or later with icalendar (7.3.2 was used) and dateutil (2.9.0), and an IANA database (tzdata 2026.6 was
used). No argument.

icalendar reads the files and dateutil expands rules, on clocks that change never; zoneinfo says when a zone's clock
shows the result: the first time where twice, and as far after the jump as it lies in the gap where not at all. The same
is done with the zone as the file's own VTIMEZONE has it, and both must agree; so must their offsets on 9,000 days.

ical.csv    file,uid,month,rest …    the uid without /2, /3 …; instants in UTC without their month, as often as they happen;
                                     rules are expanded to two years (ical-year.ics) or ten days (ical-days.ics) after
                                     the window
"""

import csv
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Calendar
from icalendar.timezone import tzp

UTC = timezone.utc
UNTIL = {"year": datetime(2029, 1, 1, tzinfo=UTC), "days": datetime(2026, 4, 12, tzinfo=UTC)}

NOON = datetime(2026, 3, 26, 12, tzinfo=UTC)


def values(event, name):
    """The values of a property that may stand several times."""
    found = event.get(name, [])
    return [value.dt for one in (found if isinstance(found, list) else [found]) for value in one.dts]


def instants(event, zone, until):
    """When a VEVENT happens before an instant; `zone` is that of its DTSTART, None where it is in UTC."""

    def at(civil):
        return civil.replace(tzinfo=zone or UTC).astimezone(UTC)

    start = event["DTSTART"].dt.replace(tzinfo=None)
    out = {one.replace(tzinfo=None) for one in values(event, "EXDATE")}
    found = {at(start)}
    if "RRULE" in event:
        rule = event["RRULE"].copy()
        last = rule.pop("UNTIL", [until])[0]
        expanded = rrulestr(rule.to_ical().decode(), dtstart=start)
        assert next(iter(expanded)) == start, f"{event['UID']}: DTSTART is none of its times"
        for civil in expanded:
            if at(civil) >= until or at(civil) > last:
                break
            if civil not in out:
                found.add(at(civil))
    assert start not in out
    return found | {one.astimezone(UTC) for one in values(event, "RDATE")}


def main():
    here = Path(__file__).parent
    found_in = {}
    for name, until in UNTIL.items():
        calendar = Calendar.from_ical((here / f"ical-{name}.ics").read_bytes())
        own = {str(zone["TZID"]): zone.to_tz(tzp, lookup_tzid=False) for zone in calendar.walk("VTIMEZONE")}
        for tzid, zone in own.items():
            if "/" in tzid:
                for noon in (NOON + timedelta(days=day) for day in range(9_000)):
                    shown = [noon.astimezone(one).utcoffset() for one in (zone, ZoneInfo(tzid))]
                    assert shown[0] == shown[1], f"{tzid} at {noon}: its VTIMEZONE is another"
        for event in calendar.walk("VEVENT"):
            uid = str(event["UID"]).split("/")[0]
            tzid = event["DTSTART"].params.get("TZID")
            found = instants(event, tzid and own[tzid], until)
            if tzid and "/" in tzid:
                assert found == instants(event, ZoneInfo(tzid), until), f"{event['UID']}: its VTIMEZONE is another"
            for one in found:
                found_in.setdefault((name, uid, f"{one:%Y-%m}"), []).append(f"{one:%dT%H:%M:%SZ}")
    rows = [(*month, " ".join(sorted(found))) for month, found in sorted(found_in.items())]
    with open(here / "ical.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    print(sum(map(len, found_in.values())), "instants")


if __name__ == "__main__":
    main()
