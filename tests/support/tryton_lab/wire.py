"""The wire between the adapter and Tryton, on which answers get lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from threading import Event, Lock, Thread

import requests


class Fault(Enum):
    """What happens to one request."""

    LOST_BEFORE = auto()
    LOST_AFTER = auto()
    #: What Tryton 8.0 says when a lock was not free in time.
    WITHOUT_REASON = auto()
    TOO_LARGE = auto()


ANSWERS = {
    Fault.WITHOUT_REASON: (400, b"<h1>Bad Request</h1><p>Unable to get RPC method</p>"),
    Fault.TOO_LARGE: (413, b"<h1>Request Entity Too Large</h1>"),
}


class Wire(ThreadingHTTPServer):
    """Forwards to Tryton, but for what is to befall."""

    daemon_threads = True

    def __init__(self, tryton: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.tryton = tryton
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.struck = Event()
        self._faults: list[tuple[str, str, Fault]] = []
        self._lock = Lock()

    def add_fault(self, method: str, ending: str, fault: Fault, times: int = 1) -> None:
        """The next requests with this method and this ending of the path."""
        self._faults += [(method, ending, fault)] * times

    def take_fault(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for one in self._faults:
                if one[0] == method and path.partition("?")[0].endswith(one[1]):
                    self._faults.remove(one)
                    self.struck.set()
                    return one[2]
            return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Wire

    def forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        fault = self.server.take_fault(self.command, self.path)
        if fault in ANSWERS:
            self._answer(*ANSWERS[fault], "text/html")
            return
        if fault is Fault.LOST_BEFORE:
            self._break()
            return
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                self.command, self.server.tryton + self.path, data=body, headers=dict(self.headers), timeout=60
            )
        if fault is Fault.LOST_AFTER:
            self._break()
            return
        self._answer(answer.status_code, answer.content, answer.headers.get("content-type", ""))

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _break(self) -> None:
        self.close_connection = True
        self.connection.shutdown(SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


for method in ("GET", "POST", "DELETE"):
    setattr(Handler, f"do_{method}", Handler.forward)


@contextmanager
def a_wire(tryton: str) -> Iterator[Wire]:
    with Wire(tryton) as wire:
        thread = Thread(target=wire.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield wire
        finally:
            wire.shutdown()
            thread.join()
