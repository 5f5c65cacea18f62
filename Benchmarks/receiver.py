#!/usr/bin/env python3
"""A CRM that takes every post and does nothing: after a delay that is asked for, it answers 200.

GET /status tells how many posts came and when the first and the last one did. With --log every post's external_id and
the time at which it was there whole (milliseconds since 1970) are a line of that file, written when the process ends.
"""
import argparse, asyncio, json, re, signal, time

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
EXTERNAL_ID = re.compile(rb'"external_id":"([^"]+)"')


class Books:
    def __init__(self, delay):
        self.delay, self.count, self.first, self.last, self.lines = delay, 0, None, None, []


class Receiver(asyncio.Protocol):
    """One connection, one request at a time, as a client without pipelining asks."""

    def __init__(self, books):
        self.books, self.rest = books, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.rest += data
        while (end := self.rest.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self.rest, 0, end + 2)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self.rest) < size:
                return
            request, self.rest = self.rest[:size], self.rest[size:]
            self.take(request)

    def take(self, request):
        books = self.books
        if request.startswith(b"GET "):
            return self.answer(json.dumps({"count": books.count, "first": books.first, "last": books.last}).encode())
        now = time.time()
        books.count, books.first, books.last = books.count + 1, books.first or now, now
        if name := EXTERNAL_ID.search(request):
            books.lines.append((name[1].decode(), now * 1000))
        if books.delay:
            asyncio.get_running_loop().call_later(books.delay, self.answer, b"")
        else:
            self.answer(b"")

    def answer(self, body):
        self.transport.write(ANSWER % (len(body), body))


async def serve(port, books):
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await loop.create_server(lambda: Receiver(books), "127.0.0.1", port)
    await ended.wait()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--delay", type=float, default=0, help="seconds before each answer")
    arguments.add_argument("--log", help="the file for what came, and when")
    a = arguments.parse_args()
    books = Books(a.delay)
    asyncio.run(serve(a.port, books))
    if a.log:
        with open(a.log, "w") as out:
            out.writelines(json.dumps({"id": name, "at": at}) + "\n" for name, at in books.lines)


if __name__ == "__main__":
    main()
