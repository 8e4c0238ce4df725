#!/usr/bin/env python3
"""The shop that a release is tried on: two versions of a small service behind nginx, and all that moves them.

    shop.py up [--bad [all]]     version 1.0 and nginx in front of it, in the background; --bad: 2.0 will be a bad one
    shop.py down                 ends everything
    shop.py status               what runs, and who gets which share of the traffic
    shop.py start VERSION        starts a version beside the other, and waits until it answers
    shop.py stop VERSION         ends it
    shop.py migrate              brings the database to the schema that 2.0 needs: once
    shop.py migrate-done         ends with 0 when that was done, with 1 when it was not, else with something else
    shop.py weight PERCENT       gives 2.0 that share of the traffic, and looks whether it has it
    shop.py measure errors       percent of the failed requests of 2.0 in the last seconds; nothing when it had few
    shop.py measure latency      p95 of its answers, in milliseconds
    shop.py smoke VERSION        asks a version for pages, past nginx; --alone: and that nginx asks no other
    shop.py verify               every order that was confirmed is stored, once, and no other
    shop.py tell TEXT            writes down what people are told
    shop.py load                 clients; says how many requests failed

Each takes `--at DIR`, or the folder from the variable SHOP. All but `load` may be killed at any moment and said again.
Of two processes that give orders for one release the older one is turned away: orders carry a fence (TOBAN_FENCE),
and one below the highest so far does nothing. Without a fence, a person gives orders, and is heard.
"""

import argparse
import contextlib
import fcntl
import json
import math
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True  # no __pycache__ among the example's files
HERE = Path(__file__).resolve().parent
OLD, NEW = "1.0", "2.0"
# Written down when somebody does something, so that a demonstration can tell of it: where each has its lines.
MOVES, TOLD = "moves.jsonl", "told.jsonl"

NGINX = """
worker_processes 1;  # so that one answer of /weight speaks for all that is routed
worker_shutdown_timeout 5s;
pid {at}/nginx.pid;
error_log {at}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    log_format canary '$msec $status $upstream_response_time $upstream_addr "$request" "$http_x_request_id"';
    access_log {at}/access.log canary;
    client_body_temp_path {at}/body;
    proxy_temp_path {at}/proxy;
    fastcgi_temp_path {at}/fastcgi;
    uwsgi_temp_path {at}/uwsgi;
    scgi_temp_path {at}/scgi;
    upstream versions {{
{servers}
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://versions;
            proxy_connect_timeout 1s;
            proxy_read_timeout 3s;
            proxy_next_upstream off;  # what a version does wrong is seen, not mended
        }}
        location = /weight {{
            access_log off;
            return 200 "{weight} {token} $pid";
        }}
    }}
}}
"""


class Failed(Exception):
    """What was asked was not done; the text says why."""


def until(condition, seconds, complaint):
    """Asks again and again, and gives the first answer that is one."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise Failed(complaint)
        time.sleep(0.01)
    return answer


def write_whole(path, text):
    """The file has the old contents or the new ones, at every moment."""
    draft = path.with_suffix(path.suffix + ".new")
    draft.write_text(text)
    draft.rename(path)


def append(path, **line):
    with path.open("a") as file:
        file.write(json.dumps(line) + "\n")  # one write


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def ask(port, path, seconds=2.0, method="GET"):
    """Status, head and body of an answer; None where nobody answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), seconds) as to:
            to.settimeout(seconds)
            to.sendall(f"{method} {path} HTTP/1.0\r\nHost: shop.example\r\n\r\n".encode())
            answer = b"".join(iter(lambda: to.recv(65536), b""))
    except OSError:
        return None
    head, _, body = answer.decode().partition("\r\n\r\n")
    status = re.match(r"HTTP/1\.[01] (\d{3})", head)
    return (int(status[1]), head, body.strip()) if status else None


def free_port(but=()):
    """One below those that outgoing connections get: nginx must not meet itself where a version was."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in but:
                return port


class Program:
    """Something that runs in the background.

    It holds a lock for as long as it, or any process that it started, lives: who may take the lock knows that nothing
    runs. The lock is handed over at the fork, so there is no moment at which it runs and nobody knows.
    """

    def __init__(self, at, name):
        self.name = name
        self.path = at / f"{name}.lock"
        self.log = at / f"{name}.log"

    def holding(self):
        """The lock, where nothing runs; None where something does."""
        lock = open(self.path, "a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return None
        return lock

    @property
    def runs(self):
        lock = self.holding()
        if lock:
            lock.close()
        return lock is None

    def start(self, *argv):
        """Starts it and says whether: not where it runs already."""
        lock = self.holding()
        if lock is None:
            return False
        with lock, self.log.open("a") as log:
            lock.truncate(0)
            subprocess.Popen(
                [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.path.parent,
                pass_fds=[lock.fileno()], start_new_session=True,
                # It leads its own session, and tells its number there, where it cannot be that of another one.
                preexec_fn=lambda: os.pwrite(lock.fileno(), str(os.getpid()).encode(), 0),
            )
        return True

    def pid(self):
        """Its number, while it runs."""
        if not self.runs:
            raise Failed(f"{self.name} does not run: {self.complaint()}")
        return int(until(self.path.read_text, 1, f"{self.name} runs, and does not say where"))

    def complaint(self):
        """The last that it said."""
        said = self.log.read_text().split("\n") if self.log.exists() else []
        return next((line.strip() for line in reversed(said) if line.strip()), "it says nothing")

    def stop(self):
        """Asks it to end; where it does not, ends it and what it started."""
        for number, seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            if not self.runs:
                return
            pid = self.pid()
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number) if number == signal.SIGTERM else os.killpg(pid, number)
            with contextlib.suppress(Failed):
                until(lambda: not self.runs, seconds, "")
        if self.runs:
            raise Failed(f"{self.name} does not end")


@contextlib.contextmanager
def alone(at):
    """One command at a time."""
    with open(at / "lock", "a") as lock:
        def take():
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True

        until(take, 20, "somebody else has been at work for 20 seconds")
        yield


class Shop:
    """A shop that is up, in its folder."""

    def __init__(self, at):
        self.at = at
        self.nginx = Program(at, "nginx")
        self.versions = {version: Program(at, version) for version in (OLD, NEW)}
        try:
            self.state = json.loads((at / "shop.json").read_text())
        except OSError:
            raise Failed(f"there is no shop at {at}: shop.py up --at {at}") from None

    @contextlib.contextmanager
    def locked(self):
        """One order at a time, and none that a later process has overtaken.

        Whoever comes with a fence is written down before anything is done, so an order that was left behind by a
        process that is gone does nothing once its successor has been here, even if only to ask.
        """
        with alone(self.at):
            if not (self.at / "shop.json").exists():
                raise Failed(f"the shop at {self.at} is down")
            fence = os.environ.get("TOBAN_FENCE")
            if fence is not None:
                # `rollout/shop#17.0`: fences of different releases have nothing to do with each other.
                release = os.environ.get("TOBAN_ORDER", "").partition("#")[0]
                seen = json.loads(self.read("fences.json") or "{}")
                if int(fence) < seen.get(release, 0):
                    raise Failed(f"fence {fence} is below {seen[release]}: another process has taken over")
                write_whole(self.at / "fences.json", json.dumps(seen | {release: int(fence)}))
            yield

    def read(self, name):
        path = self.at / name
        return path.read_text() if path.exists() else ""

    def port(self, what):
        return self.state["ports"][what]

    def database(self):
        import sqlite3

        return contextlib.closing(sqlite3.connect(self.at / "orders.db", timeout=5, isolation_level=None))

    # Versions

    def start(self, version):
        program = self.versions[version]
        bad = ["--bad", self.state["bad"]] if version == NEW and self.state["bad"] else []
        program.start(sys.executable, "-IS", HERE / "version.py", version, self.port(version), "orders.db", *bad)

        def answers():
            if not program.runs:
                raise Failed(f"{version} ended: {program.complaint()}")
            answer = ask(self.port(version), "/healthz")
            return answer and answer[0] == 200

        until(answers, 10, f"{version} does not answer")

    def stop(self, version):
        routed = self.routed()
        if routed:
            share = routed[0] if version == NEW else 100 - routed[0]
            if share:
                raise Failed(f"{version} has {share} % of the traffic: not before it has none")
        self.versions[version].stop()

    # Traffic

    def config(self, weight, token):
        shares = {OLD: 100 - weight, NEW: weight}
        servers = "\n".join(
            f"        server 127.0.0.1:{self.port(version)} weight={share} max_fails=0;"
            for version, share in shares.items() if share  # nginx knows no weight of 0
        )
        return NGINX.format(at=self.at, port=self.port("nginx"), servers=servers, weight=weight, token=token)

    def command(self, config):
        """nginx with this configuration, and nothing of the machine's own."""
        return [self.state["nginx"], "-p", self.at, "-e", self.at / "error.log", "-c", config]

    def routed(self):
        """What the worker that answers routes to 2.0, the configuration that it has, and its number."""
        answer = ask(self.port("nginx"), "/weight")
        if not answer or answer[0] != 200:
            return None
        weight, token, pid = answer[2].split()
        return int(weight), token, int(pid)

    def workers(self):
        """The workers of nginx, and whether each still takes requests."""
        master, workers = self.nginx.pid(), {}
        for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split():
            with contextlib.suppress(OSError):
                if title := Path(f"/proc/{pid}/cmdline").read_bytes():  # one that is dead has none
                    workers[int(pid)] = b"shutting down" not in title
        return workers

    def move(self, weight):
        """Gives 2.0 that share.

        It always loads the configuration anew, whatever seems to be in force: an earlier call may have been killed
        between any two of these lines, and what it left is replaced as a whole.
        """
        if weight and not self.versions[NEW].runs:
            raise Failed(f"{NEW} does not run: nothing is sent there")
        if weight < 100 and not self.versions[OLD].runs:
            raise Failed(f"{OLD} does not run: nothing is sent there")
        token = f"{time.time_ns():x}"
        draft = self.at / "nginx.conf.new"
        draft.write_text(self.config(weight, token))
        said = subprocess.run([*self.command(draft), "-q", "-t"], capture_output=True, text=True)
        if said.returncode:
            raise Failed(f"nginx refuses its configuration: {said.stderr.strip()}")
        draft.rename(self.at / "nginx.conf")
        os.kill(self.nginx.pid(), signal.SIGHUP)

        # A worker with this configuration was started after all that have another one, so once it is the only one
        # that takes requests, none will come that routes otherwise.
        def is_routed():
            routed = self.routed()
            takes = [pid for pid, takes in self.workers().items() if takes]
            return routed and routed[1] == token and takes == [routed[2]]

        until(is_routed, 10, f"nginx does not route {weight} % after 10 seconds")
        append(self.at / MOVES, at=time.time(), weight=weight)
        # What was sent by the rule before is answered before anybody ends a version.
        until(lambda: len(self.workers()) == 1, 10, "requests from before are still under way after 10 seconds")

    # Orders

    def migrate(self):
        with self.database() as base:
            base.execute("BEGIN IMMEDIATE")
            if base.execute("PRAGMA user_version").fetchone()[0] >= 2:
                raise Failed("the database has schema 2 already: a migration is done once")
            base.execute("ALTER TABLE orders ADD COLUMN taken_by TEXT")
            base.execute("PRAGMA user_version = 2")
            base.execute("COMMIT")

    def is_migrated(self):
        with self.database() as base:
            return base.execute("PRAGMA user_version").fetchone()[0] >= 2

    def verify(self):
        """Says how many orders there are; fails where one is missing, stored twice, or stored and refused."""
        # The log first: an order is stored before nginx writes that it was confirmed.
        answered = {}
        for line in log(self.at / "access.log"):
            if line.method == "POST":
                answered.setdefault(line.request, []).append(line.status)
        with self.database() as base:
            stored = dict(base.execute("SELECT id, count(*) FROM orders GROUP BY id"))
        wrong = {
            "confirmed, and not stored": [id for id, said in answered.items() if 201 in said and id not in stored],
            "stored more than once": [id for id, times in stored.items() if times > 1],
            "stored, and answered with an error": [
                id for id in stored if answered.get(id) and all(status in (500, 503) for status in answered[id])
            ],
        }
        wrong = [f"{len(ids)} {what} ({ids[0]})" for what, ids in wrong.items() if ids]
        if wrong:
            raise Failed("orders: " + ", ".join(wrong))
        confirmed = sum(201 in said for said in answered.values())
        print(f"{confirmed} orders confirmed, all of them stored, once")


# nginx's log


class Line:
    """A request, as nginx wrote it down when it ended."""

    FORMAT = re.compile(
        r'(?P<at>\d+\.\d{3}) (?P<status>\d{3}) (?P<seconds>\S+) (?P<backend>\S+) '
        r'"(?P<method>[A-Z]*) ?(?P<path>\S*)[^"]*" "(?P<request>[^"]*)"'
    )

    def __init__(self, text):
        found = self.FORMAT.fullmatch(text)
        if not found:
            raise Failed(f"this is no line of the log: {text!r}")
        self.at, self.status = float(found["at"]), int(found["status"])
        self.seconds = float(found["seconds"]) if found["seconds"] != "-" else None
        self.backend, self.method, self.request = found["backend"], found["method"], found["request"]

    @property
    def failed(self):
        return self.status >= 500


def log(path, since=0.0):
    """The requests that ended at that time or later, in order. Only that part of the file is read."""
    text = b""
    with path.open("rb") as file:
        left = file.seek(0, os.SEEK_END)
        while left:
            size = min(1 << 16, left) if since else left
            left -= size
            file.seek(left)
            text = file.read(size) + text
            first = text.split(b"\n", 2)[1:2]  # the first that is there from its beginning
            if first and first[0] and float(first[0].split(b" ", 1)[0]) < since:
                break
    found = text.decode().split("\n")
    # The last may not have been written to its end, the first may not have been read from its beginning.
    return [line for line in map(Line, found[1 if left else 0:-1]) if line.at >= since]


def measure(shop, what, over, least):
    backend = f"127.0.0.1:{shop.port(NEW)}"
    asked = [line for line in log(shop.at / "access.log", time.time() - over) if line.backend == backend]
    if len(asked) < least:
        return  # a share of so few says nothing
    if what == "errors":
        print(f"{100 * sum(line.failed for line in asked) / len(asked):.2f}")
    took = sorted(line.seconds for line in asked if line.seconds is not None)
    if what == "latency" and took:
        print(f"{1000 * took[math.ceil(0.95 * len(took)) - 1]:.0f}")


def smoke(shop, version, is_alone):
    for path in ("/healthz", "/", "/products/1"):
        answer = ask(shop.port(version), path)
        if not answer or answer[0] != 200 or f"X-Version: {version}" not in answer[1]:
            raise Failed(f"{version} answers {path} with {answer[0] if answer else 'nothing'}")
    for _ in range(20 if is_alone else 0):
        answer = ask(shop.port("nginx"), "/")
        if not answer or answer[0] != 200 or f"X-Version: {version}" not in answer[1]:
            raise Failed(f"a request through nginx is not answered by {version}: {answer and answer[0]}")


# Up and down


def up(at, bad):
    if any(Program(at, name).runs for name in (OLD, NEW, "nginx")):
        raise Failed(f"a shop runs at {at}: shop.py down --at {at}")
    for path in at.iterdir():
        if path.name != "lock":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    nginx = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not nginx:
        raise Failed("nginx is missing: apt-get install nginx-light")
    ports = {}
    for name in (OLD, NEW, "nginx"):
        ports[name] = free_port(ports.values())
    write_whole(at / "shop.json", json.dumps({"bad": bad, "nginx": nginx, "ports": ports}))
    shop = Shop(at)
    with shop.database() as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("CREATE TABLE orders (id TEXT NOT NULL)")
        base.execute("PRAGMA user_version = 1")
    (at / "access.log").touch()
    (at / "nginx.conf").write_text(shop.config(0, "first"))
    shop.start(OLD)
    shop.nginx.start(*shop.command(at / "nginx.conf"), "-g", "daemon off;")

    def routes():
        if not shop.nginx.runs:
            raise Failed(f"nginx ended: {shop.nginx.complaint()}")
        return shop.routed()

    until(routes, 10, "nginx does not answer")
    print(f"http://127.0.0.1:{ports['nginx']}/")


def down(at):
    # First, so that no call that was left behind starts anything again.
    (at / "shop.json").unlink(missing_ok=True)
    for name in ("nginx", NEW, OLD):
        if (at / f"{name}.lock").exists():
            Program(at, name).stop()


def status(shop):
    for version, program in shop.versions.items():
        print(f"{version}: {'runs' if program.runs else 'does not run'}, 127.0.0.1:{shop.port(version)}")
    routed = shop.routed()
    print(f"nginx: {f'{routed[0]} % to {NEW}' if routed else 'does not answer'}, 127.0.0.1:{shop.port('nginx')}")


def tell(shop, text):
    """Once for each order, however often it is said: who repeats a call has not heard that it was heard."""
    order = os.environ.get("TOBAN_ORDER")
    if order is None or all(line["order"] != order for line in lines(shop.at / TOLD)):
        append(shop.at / TOLD, at=time.time(), order=order, what=text)


def percent(text):
    if not re.fullmatch(r"\d{1,3}", text) or int(text) > 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no share of the traffic: 0 to 100")
    return int(text)


def main():
    parse = argparse.ArgumentParser(usage="shop.py COMMAND [--at DIR] ...", description=__doc__.split("\n")[0])
    commands = parse.add_subparsers(dest="command", required=True)

    def command(name):
        one = commands.add_parser(name)
        one.add_argument("--at", type=Path, default=os.environ.get("SHOP"), help="the folder of the shop ($SHOP)")
        return one

    command("up").add_argument("--bad", nargs="?", const="some", choices=("some", "all"),
                               help="2.0 will fail: some of the orders, late, or all of them at once")
    for name in ("down", "migrate", "migrate-done", "status", "verify"):
        command(name)
    for name in ("start", "stop"):
        command(name).add_argument("version", choices=(OLD, NEW))
    command("weight").add_argument("percent", type=percent)
    measuring = command("measure")
    measuring.add_argument("what", choices=("errors", "latency"))
    measuring.add_argument("--over", type=float, default=2.0, help="of so many seconds (2)")
    measuring.add_argument("--least", type=int, default=10, help="of so many requests, or nothing (10)")
    smoking = command("smoke")
    smoking.add_argument("version", choices=(OLD, NEW))
    smoking.add_argument("--alone", action="store_true", help="no other version is asked by nginx")
    command("tell").add_argument("text")
    loading = command("load")
    loading.add_argument("--seconds", type=float, default=10.0)
    loading.add_argument("--rate", type=float, default=100.0, help="requests a second (100)")
    options = parse.parse_args()
    if options.at is None:
        parse.error("which shop? --at DIR, or the variable SHOP")
    at = options.at.resolve()
    if options.command in ("up", "down"):
        if options.command == "up":
            at.mkdir(parents=True, exist_ok=True)
        if not (at / "lock").exists() and (not at.is_dir() or any(at.iterdir())):
            raise Failed(f"{at} is the folder of no shop")
        with alone(at):
            return up(at, options.bad) if options.command == "up" else down(at)
    shop = Shop(at)
    match options.command:
        case "status":
            status(shop)
        case "measure":
            measure(shop, options.what, options.over, options.least)
        case "smoke":
            smoke(shop, options.version, options.alone)
        case "verify":
            shop.verify()
        case "load":
            import clients  # what they need takes a while to load, and the others are called often

            clients.load(shop.port("nginx"), options.seconds, options.rate, NEW)
        case _:
            with shop.locked():
                match options.command:
                    case "start":
                        shop.start(options.version)
                    case "stop":
                        shop.stop(options.version)
                    case "weight":
                        shop.move(options.percent)
                    case "migrate":
                        shop.migrate()
                    case "migrate-done":
                        return None if shop.is_migrated() else 1
                    case "tell":
                        tell(shop, options.text)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failed:
        # migrate-done says with 1 that it was not done: who cannot tell says something else.
        print(f"shop.py: {failed}", file=sys.stderr)
        sys.exit(3)
