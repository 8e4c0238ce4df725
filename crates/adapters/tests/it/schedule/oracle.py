#!/usr/bin/env python3
"""Asks schedulers what the files beside it mean, and writes the answers beside them, which the tests compare with ours.

Needs Python 3.9 or later, the packages cronsim (2.8 was used), pyyaml and kubernetes-validate (1.37.0), and of Debian
faketime (with its library, libfaketime.so.1), grep, date of GNU and systemd-analyze (systemd 252 was used). No argument.

crontab.csv     title;count;sum;first      of each task of crontab.txt, the instants in the two years 2026 and 2027: how
                many, a number made of all, and the first. Cronsim, which follows Debian's cron, expands the lines; what
                ends a command on other days is run by sh at each of them, under a clock that is set to it.
units.csv       timer;start;twelve instants  of each timer of units.txt; systemd-analyze verify has found nothing amiss
units.json      {name: words}      of each service of units.txt, the command with its arguments as systemd has understood it
cronjobs.json   [name, task, schedule, zone, command]  of each manifest of cronjobs.yaml, as a reader of YAML 1.1 takes
                it, and after Kubernetes' own schema (1.34, strict) has found nothing amiss
"""

import csv
import json
import os
import re
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import kubernetes_validate
import yaml
from cronsim import CronSim

UTC = timezone.utc
HERE = Path(__file__).parent
FORM = "%Y-%m-%dT%H:%M:%SZ"
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=730)
BASES = """2025-12-31 23:59:59
2026-03-28 23:50:00
2026-10-24 23:10:00
2027-12-30 00:00:00
2028-02-28 12:00:00
2030-03-30 00:00:00""".splitlines()


def runs(guard, at, zone):
    """Whether the shell goes beyond the guard at the instant."""
    shown = at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    env = {
        "PATH": "/usr/bin:/bin",
        "TZ": zone.key,  # the library takes the clock to be that of TZ
        "LD_PRELOAD": "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "FAKETIME": shown,
    }
    done = subprocess.run(["sh", "-c", guard + "echo it runs"], env=env, capture_output=True, text=True)
    assert not done.stderr, (guard, done.stderr)
    return done.stdout == "it runs\n"


def table():
    zone, title, found = None, None, {}
    for line in (HERE / "crontab.txt").read_text().splitlines():
        if line.startswith("#"):
            title = line[2:]
        elif line.startswith("CRON_TZ="):
            zone = ZoneInfo(line.partition("=")[2])
        elif line and line[0] in "0123456789*":
            *fields, command = line.split(" ", 5)
            guard = re.match(r"(.*\|\| exit 0; )?", command.replace("\\%", "%"))[0]
            for at in CronSim(" ".join(fields), (START - timedelta(seconds=1)).astimezone(zone)):
                at = at.astimezone(UTC)
                if at >= END:
                    break
                if not guard or runs(guard, at, zone):
                    found.setdefault(title, set()).add(at)
    rows = []
    for title, instants in found.items():
        instants, total = sorted(instants), 0
        for at in instants:
            total = (total * 31 + int(at.timestamp())) % (2**61 - 1)
        rows.append([title, len(instants), total, instants[0].strftime(FORM)])
    write("crontab.csv", rows)


def elapses(event, base):
    words = ["systemd-analyze", "calendar", "--iterations=12", f"--base-time={base} UTC", event]
    done = subprocess.run(words, env={**os.environ, "TZ": "UTC", "LC_ALL": "C"}, capture_output=True, text=True, check=True)
    found = re.findall(r"(?:Next elapse|Iter\. #\d+): \w{3} (\S+) (\S+) UTC", done.stdout)
    return {f"{day}T{time}Z" for day, time in found}


def units():
    parts = re.split(r"^# (toban-\S+)\n", (HERE / "units.txt").read_text(), flags=re.M)
    units = dict(zip(parts[1::2], parts[2::2]))
    with tempfile.TemporaryDirectory() as folder:
        for name, text in units.items():
            (Path(folder) / name).write_text(text)
        timers = [str(Path(folder) / name) for name in units if name.endswith(".timer")]
        done = subprocess.run(["systemd-analyze", "verify", *timers], capture_output=True, text=True)
        ours = [line for line in (done.stdout + done.stderr).splitlines() if "toban-" in line or folder in line]
        assert done.returncode == 0 and not ours, (done.returncode, ours)
        services = [str(Path(folder) / name) for name in units if name.endswith(".service")]
        env = {**os.environ, "SYSTEMD_LOG_LEVEL": "debug", "LC_ALL": "C.UTF-8"}
        words = ["systemd-analyze", "verify", "--man=no", *services]
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=True)
        dumped = re.findall(r"-> Unit (toban-\S+\.service):\n(.*?)Command Line: (.*?)\n", done.stdout + done.stderr, flags=re.S)
    understood = {name: argv(line) for name, between, line in dumped if "-> Unit" not in between}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(words, ensure_ascii=False)}" for name, words in sorted(understood.items()))
    (HERE / "units.json").write_text("{\n" + lines + "\n}\n")
    rows = []
    for name, text in units.items():
        events = re.findall(r"^OnCalendar=(.*)$", text, flags=re.M)
        for base in BASES if events else []:
            found = sorted(set().union(*(elapses(event, base) for event in events)))[:12]
            rows.append([name, base.replace(" ", "T") + "Z", *found])
    write("units.csv", rows)


def argv(line):
    """The words of a command that systemd shows as a shell would take them."""
    escapes = {"n": "\n", "t": "\t"}
    plain = lambda text: re.sub(r"\\(.)", lambda found: escapes.get(found[1], found[1]), text)
    return [plain(word) if is_quoted else bare for is_quoted, word, bare in re.findall(r'(")((?:\\.|[^"\\])*)"|(\S+)', line)]


def cron_jobs():
    rows = []
    for job in yaml.safe_load_all((HERE / "cronjobs.yaml").read_text()):
        kubernetes_validate.validate(job, "1.34", strict=True)
        spec, about = job["spec"], job["metadata"]
        name = about["name"]
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name) and len(name) <= 52, name
        [container] = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        command = [filled(word) for word in container["command"]]
        rows.append([name, about["annotations"]["toban/task"], spec["schedule"], spec["timeZone"], command])
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (HERE / "cronjobs.json").write_text(f"[\n{lines}\n]\n")


def filled(word):
    """What Kubernetes makes of a word: `$$` is `$`, and no variable is set."""
    assert not re.search(r"(?<!\$)(\$\$)*\$\(", word), word
    return word.replace("$$", "$") if "$$" in word else word


def write(name, rows):
    with (HERE / name).open("w", newline="") as out:
        csv.writer(out, delimiter=";", lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    cron_jobs()
    units()
    table()
