"""The clients of `shop.py load`: constant, open-loop, and each of them heard out."""

import asyncio
import contextlib
import random
import re
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from load import Request, Sender


class Clients(Sender):
    """Each request comes from somebody new, on a connection of its own. Half of them order something."""

    def __init__(self, port):
        super().__init__(port, speed=1)
        self.is_over = False
        self.answers = []  # when it was sent, status (0: none), version
        self.name = f"{time.time_ns():x}"

    def requests(self, seconds, rate):
        draw = random.Random(1)
        for number in range(int(seconds * rate)):
            if self.is_over:
                return
            method, path = ("POST", "/orders") if draw.random() < 0.5 else ("GET", f"/products/{number % 900}")
            yield Request(number / rate, method, path, ("192.0.2.1", "load/1.0"), patience=10.0)

    async def send(self, number, request):
        sent, status, version, writer = time.time(), 0, None, None
        self.sent += 1
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(request.patience):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                head = self.head(f"{self.name}-{number}", request)
                writer.write(head.removesuffix(b"\r\n") + b"Connection: close\r\n\r\n")
                answer = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"\r\ncontent-length: *(\d+)", answer, re.IGNORECASE)
                await reader.readexactly(int(length[1]) if length else 0)
                status = int(answer.split(b" ", 2)[1])
                found = re.search(rb"\r\nx-version: *(\S+)", answer, re.IGNORECASE)
                version = found[1].decode() if found else None
        if writer:
            writer.close()
        self.answers.append((sent, status, version))


def load(port, seconds, rate, new):
    """Sends until the time is over, or until somebody asks to end; prints what became of the requests."""
    clients = Clients(port)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: setattr(clients, "is_over", True))
    asyncio.run(clients.run(clients.requests(seconds, rate), time.monotonic()))
    answers = sorted(clients.answers, key=lambda answer: answer[0])
    print(f"all the time: {failures(answers)}")
    by_new = [sent for sent, _, version in answers if version == new]
    if by_new:
        during = [answer for answer in answers if by_new[0] <= answer[0] <= by_new[-1]]
        print(f"while {new} had traffic ({by_new[-1] - by_new[0]:.1f} s): {failures(during)}")
    if clients.worst_lag > 0.5:
        print(f"the clients were up to {clients.worst_lag:.1f} s behind: this machine is busy")


def failures(answers):
    """Those that were answered with an error, or not at all."""
    failed = sum(status >= 500 or status == 0 for _, status, _ in answers)
    return f"sent {len(answers):,}, failed {failed:,} ({100 * failed / max(1, len(answers)):.2f} %)"
