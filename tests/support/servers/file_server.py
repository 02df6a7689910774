"""A file host on this machine that serves files and misbehaves as it is told, over real sockets."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass(frozen=True)
class Reply:
    """One answer."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    #: What Content-Length says, if not the truth; -1 for no such header.
    length: int | None = None
    #: Seconds between two bytes.
    drip: float = 0
    #: The body over and over, until the client goes away.
    endless: bool = False
    #: The connection is closed instead of an answer.
    hangs_up: bool = False

    @property
    def all_headers(self) -> dict[str, str]:
        length = len(self.body) if self.length is None else self.length
        known = not self.endless and length != -1
        return {**self.headers, "Connection": "close", **({"Content-Length": str(length)} if known else {})}

    @property
    def parts(self) -> Sequence[bytes]:
        return [bytes([byte]) for byte in self.body] if self.drip else [self.body]


class FileServer(ThreadingHTTPServer):
    """`requests` is what came, as path and headers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.replies: dict[str, list[Reply]] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        #: Bytes of bodies.
        self.sent = 0
        self.closing = Event()

    def add_replies(self, *replies: Reply | bytes) -> str:
        """A new URL that answers so, one after the other; the last is repeated."""
        path = f"/file-{len(self.replies)}"
        self.replies[path] = [reply if isinstance(reply, Reply) else Reply(reply) for reply in replies]
        return self.base + path

    def count(self, url: str) -> int:
        """How often a URL was asked for."""
        return [self.base + path for path, _ in self.requests].count(url)

    def next_reply(self, path: str, headers: dict[str, str]) -> Reply:
        self.requests.append((path, headers))
        replies = self.replies[path]
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away, or speaks TLS, is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FileServer

    def do_GET(self) -> None:
        reply = self.server.next_reply(self.path, dict(self.headers.items()))
        self.close_connection = True
        if reply.hangs_up:
            return
        self.send_response(reply.status)
        for name, value in reply.all_headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        more = True
        while more:
            for part in reply.parts:
                if self.server.closing.wait(reply.drip):
                    return
                self.wfile.write(part)
                self.server.sent += len(part)
            more = reply.endless

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def a_file_server() -> Iterator[FileServer]:
    """Ends with all its connections."""
    with FileServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
