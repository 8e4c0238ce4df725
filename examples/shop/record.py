#!/usr/bin/env python3
"""Records the example: starts the shop behind nginx, sends three days of clients, injects faults.

    ./record.py [--seed N] [--speed N] [--hours N] [--per-day N] [--out DIR]

Writes `access.log.gz` (byte for byte what nginx wrote, compressed) and
`faults.csv` (when each fault really was in force, in the log's time) to DIR,
then runs `check.py` on them. Needs python 3.11 and, from Debian,
`nginx-light` and `faketime`. How the clock is scaled: see README.md.
Everything listens on 127.0.0.1, on free ports, and is ended with the script.
"""

import argparse
import asyncio
import contextlib
import csv
import gzip
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.dont_write_bytecode = True  # no __pycache__ among the example's files
import check
from load import Sender, plan

HERE = Path(__file__).resolve().parent
START = datetime(2026, 11, 16, tzinfo=timezone.utc)  # a Monday, 00:00
LEAD = 4  # real seconds for everything to start before the log's first day does

# Log time of each fault: (day, "HH:MM") to (day, "HH:MM"), kind, whom it hurts, what the service is told.
# "outage" has no instruction: the service's process is killed, and started again.
FAULTS = [
    ((1, "10:00"), (1, "10:25"), "bad-deploy", "shop", {"fail_share": 0.2, "fail_status": 500}),
    ((1, "20:30"), (1, "20:36"), "outage", "shop", None),
    ((2, "03:00"), (2, "03:40"), "scan", "shop", {}),
    ((2, "12:00"), (2, "14:30"), "slow-database", "shop", {"slow_seconds": 0.65}),
    ((2, "18:00"), (3, "12:00"), "slow-burn", "shop", {"fail_every": 200, "fail_status": 500}),
    ((3, "16:00"), (3, "16:40"), "payment-failure", "checkout",
     {"fail_share": 0.5, "fail_status": 503, "fail_path": "/api/payment"}),
]
# The objectives that a fault is an incident of, where its share of failures does not say so.
SLOS = {"slow-database": ("latency", "mean-response")}

NGINX = """
daemon off;
worker_processes 1;
pid {run}/nginx.pid;
error_log {run}/error.log warn;
{keep_environment}
events {{ worker_connections 2048; }}
http {{
    log_format timed '$remote_addr - $remote_user [$time_local] "$request" '
                     '$status $body_bytes_sent "$http_referer" "$http_user_agent" $upstream_response_time';
    access_log {run}/access.log timed;
    client_body_temp_path {run}/body;
    proxy_temp_path {run}/proxy;
    fastcgi_temp_path {run}/fastcgi;
    uwsgi_temp_path {run}/uwsgi;
    scgi_temp_path {run}/scgi;
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Forwarded-For;
    keepalive_timeout 1h;
    proxy_read_timeout 3s;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://127.0.0.1:{service}; }}
        location = /clock {{ access_log off; return 200 $msec; }}
    }}
}}
"""


def offset(day, clock):
    hours, minutes = clock.split(":")
    return (day - 1) * 86_400 + int(hours) * 3600 + int(minutes) * 60


def free_port():
    """One below those that outgoing connections get: nginx must not meet itself where the service was."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for(port, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.005)
    raise SystemExit(f"nothing answers on 127.0.0.1:{port}")


class Service:
    """The shop's process, and the pipe that switches its faults."""

    def __init__(self, port, seed):
        self.port, self.seed, self.process = port, seed, None

    def start(self):
        command = [sys.executable, "-IS", str(HERE / "service.py"), str(self.port), str(self.seed)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
        wait_for(self.port)

    def tell(self, faults):
        self.process.stdin.write(json.dumps(faults) + "\n")
        self.process.stdin.flush()

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process = None


class Nginx:
    """nginx under a wall clock that runs `speed` times as fast; its timers keep real time."""

    def __init__(self, run, service_port, speed):
        self.run, self.port, self.speed = run, free_port(), speed
        names = ("FAKETIME", "FAKETIME_SHARED", "FAKETIME_DONT_FAKE_MONOTONIC", "DONT_FAKE_MONOTONIC", "LD_PRELOAD")
        (run / "nginx.conf").write_text(NGINX.format(
            run=run, port=self.port, service=service_port,
            keep_environment="\n".join(f"env {name};" for name in names),
        ))
        begin = START - timedelta(seconds=LEAD * speed)
        self.process = subprocess.Popen(
            ["faketime", "--exclude-monotonic", "-f", f"@{begin:%Y-%m-%d %H:%M:%S} x{speed}",
             "nginx", "-p", str(run), "-c", str(run / "nginx.conf")],
            env={**os.environ, "TZ": "UTC"}, start_new_session=True,
        )
        wait_for(self.port)

    def zero(self):
        """The `time.monotonic()` at which this nginx's clock reads START: the best of some askings."""
        best = (float("inf"), 0.0)
        for _ in range(20):
            before = time.monotonic()
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/clock", timeout=5) as answer:
                clock = float(answer.read())
            after = time.monotonic()
            middle = (before + after) / 2
            best = min(best, (after - before, middle - (clock - START.timestamp()) / self.speed))
        return best[1]

    def stop(self):
        try:
            os.kill(int((self.run / "nginx.pid").read_text()), 15)
            self.process.wait(10)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, 9)
            self.process.wait()


async def inject(service, faults, zero, speed):
    """Switches the faults on and off at their times; returns when each really was in force."""
    def now():
        return (time.monotonic() - zero) * speed

    async def until(at):
        await asyncio.sleep(max(0.0, zero + at / speed - time.monotonic()))

    in_force = []
    for begin, end, kind, whom, instruction in faults:
        await until(offset(*begin))
        began = now()
        if instruction is None:
            service.kill()
        else:
            service.tell(instruction)
        print(f"  day {begin[0]} {begin[1]}  {kind}", flush=True)
        await until(offset(*end))
        if instruction is None:
            await asyncio.to_thread(service.start)
        else:
            service.tell({})
        in_force.append((began, now(), kind, whom))
    return in_force


async def perform(service, nginx, requests, faults, speed):
    zero = nginx.zero()
    sender = Sender(nginx.port, speed)
    async with asyncio.timeout(requests[-1].at / speed + 60):
        in_force, _ = await asyncio.gather(inject(service, faults, zero, speed), sender.run(requests, zero))
    drift = (nginx.zero() - zero) * speed
    print(f"sent {sender.sent:,}, answered {sender.answered:,}; "
          f"at worst {sender.worst_lag:.3f} real seconds behind the plan; "
          f"the log's clock drifted by {drift:.1f} of its seconds")
    if sender.worst_lag > 1:
        raise SystemExit("this machine is too busy: the clients fell more than a second behind; nothing was written")
    return in_force


def write_faults(path, in_force, lines):
    def instant(at):
        return START + timedelta(seconds=round(at))

    with path.open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(check.FAULT_COLUMNS)
        for began, ended, kind, whom in in_force:
            hit = [line for line in lines if instant(began) <= line.time < instant(ended) and line.concerns(whom)]
            failed = sum(line.failed for line in hit) / max(1, len(hit))
            slow = sum(line.slow for line in hit) / max(1, len(hit))
            stamps = [f"{instant(at):%Y-%m-%dT%H:%M:%SZ}" for at in (began, ended)]
            out.writerow([*stamps, f"{failed:.3f}", whom, kind, f"{slow:.3f}", ";".join(SLOS.get(kind, ()))])


def main():
    parse = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parse.add_argument("--seed", type=int, default=1)
    parse.add_argument("--speed", type=int, default=300, help="seconds of log time in a real second (300)")
    parse.add_argument("--hours", type=float, default=72, help="log time to record (72: all the faults)")
    parse.add_argument("--per-day", type=int, default=30_000, help="visitors' requests in a day of log time (30000)")
    parse.add_argument("--out", type=Path, default=HERE)
    options = parse.parse_args()
    for program in ("nginx", "faketime"):
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin"):
            raise SystemExit(f"{program} is missing: apt-get install nginx-light faketime")
    os.environ["PATH"] += ":/usr/sbin"
    with contextlib.suppress(OSError):  # where it may, it goes before other work, which would show as slow requests
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))

    seconds = options.hours * 3600
    faults = [fault for fault in FAULTS if offset(*fault[1]) <= seconds]
    scan = next(((offset(*f[0]), offset(*f[1])) for f in faults if f[2] == "scan"), None)
    requests = plan(options.seed, seconds, options.per_day, scan)
    print(f"{len(requests):,} requests in {seconds / options.speed / 60:.1f} real minutes", flush=True)

    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # a busy disk would stall nginx
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # and clean up
    with tempfile.TemporaryDirectory(prefix="shop-", dir=memory) as folder:
        run = Path(folder)
        run.chmod(0o755)  # nginx's worker runs as another user when the script runs as root
        service, nginx = Service(free_port(), options.seed), None
        try:
            service.start()
            nginx = Nginx(run, service.port, options.speed)
            in_force = asyncio.run(perform(service, nginx, requests, faults, options.speed))
        finally:
            if nginx:
                nginx.stop()
            service.kill()
        log = (run / "access.log").read_bytes()

    options.out.mkdir(parents=True, exist_ok=True)
    packed = options.out / "access.log.gz"
    packed.write_bytes(gzip.compress(log, 9, mtime=0))
    write_faults(options.out / "faults.csv", in_force, check.read_log(packed))
    check.main(options.out, whole=len(faults) == len(FAULTS))


if __name__ == "__main__":
    main()
