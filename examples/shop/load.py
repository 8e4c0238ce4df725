"""The shop's clients: a seeded plan of requests, and the sender that keeps to it.

The plan is the same for the same seed: who asks for what, and when (in seconds
of the log's time). The sender is open-loop: it sends at the planned moment,
whether or not earlier requests were answered, as many separate people would.
"""

import asyncio
import math
import random
import re
import time
from dataclasses import dataclass, field

DAY = 86_400
NETWORKS = ("192.0.2.", "198.51.100.", "203.0.113.")  # RFC 5737: for documentation
PROBE = ("192.0.2.1", "probe/1.0")
SCANNER = ("203.0.113.66", "scan/0.9")
SCANNED = ("/wp-login.php", "/.env", "/admin.php", "/.git/config", "/phpmyadmin/")
AGENTS = {
    "Mozilla/5.0 (iPhone)": 34,
    "Mozilla/5.0 (Android)": 30,
    "Mozilla/5.0 (Windows NT)": 20,
    "Mozilla/5.0 (Macintosh)": 9,
    "crawler/2.1": 5,
    "curl/8.5": 2,
}
WORDS = ("lamp", "desk", "chair", "teapot", "kettle", "scarf", "umbrella", "clock")
FILES = ("app.js", "app.css", "logo.svg", "font.woff2", "hero.jpg", "old.css")


@dataclass(order=True)
class Request:
    at: float  # seconds of log time since its start
    method: str = field(compare=False)
    path: str = field(compare=False)
    client: tuple = field(compare=False)  # address, user agent
    patience: float = field(compare=False, default=30.0)  # real seconds


def busyness(at):
    """Requests relative to the mean of a day, by hour: a trough at 04:00, lunch, an evening peak."""
    hour = at % DAY / 3600
    day = 1 - 0.62 * math.cos((hour - 4) / 24 * 2 * math.pi)
    evening = 0.75 * math.exp(-((hour - 20.5) ** 2) / 4.5)
    lunch = 0.30 * math.exp(-((hour - 12.3) ** 2) / 1.5)
    return (day + evening + lunch) / 1.145


BUSIEST = max(busyness(minute * 60) for minute in range(1440))


def errand(draw):
    """What one visitor asks for: method and path."""
    kind = draw.choices(
        ("home", "product", "search", "static", "cart", "add", "checkout", "payment"),
        (15, 32, 12, 19, 8, 4, 5, 5),
    )[0]
    match kind:
        case "home":
            return ("HEAD" if draw.random() < 0.03 else "GET"), "/"
        case "product":  # few products are popular; a few links are stale
            item = int(draw.expovariate(1 / 60)) % 900 + 1
            return "GET", f"/products/{item if draw.random() > 0.03 else item + 9000}"
        case "search":
            page = draw.choice(("", "", "", "&page=2"))
            return "GET", f"/search?q={draw.choice(WORDS)}{page}"
        case "static":
            return "GET", f"/static/{draw.choice(FILES)}"
        case "cart" | "add":
            return ("GET" if kind == "cart" else "POST"), "/cart"
        case _:
            return "POST", f"/api/{kind}"


def plan(seed, seconds, per_day, scan):
    """All requests of `seconds` of log time, in order; `scan` is the scanner's (start, end) or None."""
    draw = random.Random(seed)
    requests = []
    at, peak = 0.0, per_day / DAY * BUSIEST
    while (at := at + draw.expovariate(peak)) < seconds:
        if draw.random() < busyness(at) / BUSIEST:
            address = draw.choice(NETWORKS) + str(2 + min(252, int(draw.expovariate(1 / 60))))
            agent = draw.choices(tuple(AGENTS), tuple(AGENTS.values()))[0]
            patience = draw.choices((1.5, 30.0), (3, 97))[0]
            requests.append(Request(at, *errand(draw), (address, agent), patience))
    requests += [Request(at, "GET", "/healthz", PROBE) for at in range(30, int(seconds), 60)]
    if scan:
        at = scan[0]
        while (at := at + draw.expovariate(0.25)) < scan[1]:
            requests.append(Request(at, "GET", draw.choice(SCANNED), SCANNER))
    return sorted(requests)


class Sender:
    """Sends a plan over kept-alive connections to `port`, `speed` seconds of log time a second."""

    def __init__(self, port, speed):
        self.port, self.speed = port, speed
        self.idle = []
        self.sent = self.answered = 0
        self.worst_lag = 0.0  # real seconds behind the plan

    async def run(self, requests, zero):
        """`zero`: the `time.monotonic()` at which log time starts."""
        tasks = set()
        for number, request in enumerate(requests, 1):
            due = zero + request.at / self.speed
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            self.worst_lag = max(self.worst_lag, time.monotonic() - due)
            task = asyncio.create_task(self.send(number, request))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        if tasks:
            await asyncio.wait(tasks, timeout=35)
        for _, writer in self.idle:
            writer.close()

    async def send(self, number, request):
        reader, writer = self.idle.pop() if self.idle else await asyncio.open_connection("127.0.0.1", self.port)
        self.sent += 1
        try:
            async with asyncio.timeout(request.patience):
                writer.write(self.head(number, request))
                head = await reader.readuntil(b"\r\n\r\n")
                if request.method != "HEAD":
                    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
                    await reader.readexactly(int(length[1]) if length else 0)
            self.answered += 1
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            writer.close()  # gave up, or was hung up on
        else:
            if b"connection: close" in head.lower():
                writer.close()
            else:
                self.idle.append((reader, writer))

    @staticmethod
    def head(number, request):
        address, agent = request.client
        return (
            f"{request.method} {request.path} HTTP/1.1\r\nHost: shop.example\r\n"
            f"X-Forwarded-For: {address}\r\nUser-Agent: {agent}\r\nX-Request-Id: {number}\r\n"
            + ("Content-Length: 0\r\n" if request.method == "POST" else "")
            + "\r\n"
        ).encode()
