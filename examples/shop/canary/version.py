#!/usr/bin/env python3
"""One version of the small shop: pages, and orders that it writes to a database.

    version.py VERSION PORT DATABASE [--bad some|all]

`shop.py` starts it. Version 2.0 needs the schema that `shop.py migrate` makes, and does not start without. With
`--bad some`, 40 % of the orders are answered with 500, late, and are not stored: a fifth of what the clients of `shop.py
load` ask for. Pages are as quick and as right as ever, so a smoke test that only looks at pages sees nothing.
"""

import random
import signal
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORK_SECONDS = 0.006  # median
# Of the orders, and after how long: seen by people after a while, or by a stage of a fifth of a second.
BAD = {"some": (0.4, 0.350), "all": (1.0, 0.005)}


class Orders:
    """The table of orders, shared by all threads, and by both versions."""

    def __init__(self, path, version):
        self.version = version
        self.lock = threading.Lock()
        self.base = sqlite3.connect(path, timeout=5, check_same_thread=False, isolation_level=None)
        self.base.execute("PRAGMA synchronous = NORMAL")  # in WAL: safe from a crash of the process
        schema = self.base.execute("PRAGMA user_version").fetchone()[0]
        if version != "1.0" and schema < 2:
            sys.exit(f"{version} needs schema 2, and the database has {schema}: migrate first")

    def take(self, order):
        with self.lock:
            if self.version == "1.0":
                self.base.execute("INSERT INTO orders (id) VALUES (?)", (order,))
            else:
                self.base.execute("INSERT INTO orders (id, taken_by) VALUES (?, ?)", (order, self.version))


class Shop(BaseHTTPRequestHandler):
    wbufsize = 65536  # head and body leave in one segment
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path == "/healthz":
            return self.answer(200, self.server.version)
        time.sleep(WORK_SECONDS * random.lognormvariate(0, 0.4))
        is_page = self.path == "/" or self.path.startswith("/products/")
        self.answer(200 if is_page else 404, self.path)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path != "/orders":
            return self.answer(404, self.path)
        share, seconds = BAD.get(self.server.bad, (0, 0))
        if random.random() < share:
            time.sleep(seconds * random.lognormvariate(0, 0.2))
            return self.answer(500, "no order was taken")
        time.sleep(WORK_SECONDS * random.lognormvariate(0, 0.4))
        try:
            self.server.orders.take(self.headers["X-Request-Id"])
        except sqlite3.Error as error:
            return self.answer(500, str(error))
        self.answer(201, "taken")

    def answer(self, status, text):
        body = text.encode() + b"\n"
        self.send_response(status)
        self.send_header("X-Version", self.server.version)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass  # nginx keeps the log


class Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = False  # what is under way is answered before the process ends

    def __init__(self, version, port, database, bad):
        self.version, self.bad = version, bad
        self.orders = Orders(database, version)
        super().__init__(("127.0.0.1", port), Shop)

    def handle_error(self, *_):
        pass  # somebody hung up


def main():
    version, port, database = sys.argv[1:4]
    server = Server(version, int(port), database, sys.argv[5] if sys.argv[4:5] == ["--bad"] else None)
    # From another thread: it waits for the loop that this signal interrupts.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.05)
    server.server_close()


if __name__ == "__main__":
    main()
