#!/usr/bin/env python3
"""The shop: a small HTTP service whose faults are switched by lines on standard input.

    service.py PORT SEED

A line is a JSON object that replaces all faults; `{}` is a healthy service:
    fail_share, fail_every   this share of requests, or each n-th one, fails
    fail_status, fail_path   with this status, under this path prefix
    slow_seconds             median of the extra time of each database query
The work of a request is a sleep. How long, and whether it fails, is drawn from
SEED and the request's own `X-Request-Id`, so a run can be repeated.
"""

import json
import os
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PRODUCTS = 900  # products 1..900 exist, any other is a 404

# path prefix: (median seconds, asks the database, bytes of the answer)
ENDPOINTS = {
    "/api/checkout": (0.120, True, 210),
    "/api/payment": (0.160, True, 180),
    "/products/": (0.045, True, 5200),
    "/search": (0.080, True, 7400),
    "/cart": (0.050, True, 2300),
    "/static/": (0.002, False, 18000),
    "/healthz": (0.001, False, 3),
    "/": (0.030, True, 9100),
}

faults = {}


def follow_faults():
    """Replaces the faults with each line; ends the process when the recorder is gone."""
    global faults
    for line in sys.stdin:
        faults = json.loads(line)
    os._exit(0)


def fails(number, draw):
    every = faults.get("fail_every")
    return (every and number % every == 0) or draw.random() < faults.get("fail_share", 0)


def healthy_status(method, path, draw):
    """The status of a request that no fault touches: some clients err by themselves."""
    if path.startswith("/products/"):
        item = path.removeprefix("/products/")
        return 200 if item.isdigit() and 0 < int(item) <= PRODUCTS else 404
    if path.startswith("/static/"):
        return 304 if draw.random() < 0.45 else 200
    if path.startswith("/api/payment"):
        return 402 if draw.random() < 0.05 else 200  # a card was declined
    if path.startswith("/cart") and method == "POST":
        return 400 if draw.random() < 0.03 else 303
    return 200 if path.split("?")[0] in ("/", "/search", "/cart", "/api/checkout", "/healthz") else 404


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body leave in one segment
    disable_nagle_algorithm = True

    def answer(self):
        number = int(self.headers.get("X-Request-Id", "0"))
        draw = random.Random(int(sys.argv[2]) * 1_000_003 + number)
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        prefix = next(p for p in ENDPOINTS if self.path.startswith(p))
        median, database, size = ENDPOINTS[prefix]
        seconds = median * draw.lognormvariate(0, 0.5)
        status = healthy_status(self.command, self.path, draw)
        if self.path.startswith(faults.get("fail_path", "/")) and fails(number, draw):
            status = faults["fail_status"]
        if database and faults.get("slow_seconds"):
            seconds += faults["slow_seconds"] * draw.lognormvariate(0, 0.45)
        time.sleep(seconds)
        if status in (303, 304):
            size = 0
        elif status >= 400:
            size = 120
        elif size > 2000:
            size += sum(self.path.encode()) % 97 * 11  # a page has its own size
        self.send_response(status)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"." * size)

    do_GET = do_HEAD = do_POST = answer

    def log_message(self, *_):
        pass  # nginx keeps the log


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        pass  # a client that gave up: nginx logs it as 499


if __name__ == "__main__":
    threading.Thread(target=follow_faults, daemon=True).start()
    Server(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()
