"""A file host on this machine that serves files and misbehaves as it is told, over real sockets."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Event, Thread


@dataclass(frozen=True)
class Reply:
    """One answer."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    #: What Content-Length says; -1 for none at all.
    length: int | None = None
    #: Seconds between two bytes.
    drip: float = 0
    #: The body over and over, until the client goes away.
    endless: bool = False
    #: The connection is closed instead of an answer.
    hangs_up: bool = False


@dataclass
class FileServer:
    """`requests` is what came, as path and headers."""

    base: str
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    #: Bytes of bodies that were sent.
    sent: int = 0
    _names: Iterator[int] = field(default_factory=count)

    def serves(self, *replies: Reply | bytes) -> str:
        """A URL that answers so, one after the other; the last is repeated."""
        path = f"/file-{next(self._names)}"
        self.replies[path] = [reply if isinstance(reply, Reply) else Reply(reply) for reply in replies]
        return self.base + path

    def count(self, url: str) -> int:
        return [self.base + path for path, _ in self.requests].count(url.partition("?")[0])

    def next_reply(self, path: str) -> Reply:
        replies = self.replies[path]
        return replies.pop(0) if len(replies) > 1 else replies[0]


@contextmanager
def a_file_server() -> Iterator[FileServer]:
    """Ends with all its connections."""
    closing = Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            files.requests.append((path, dict(self.headers.items())))
            reply = files.next_reply(path)
            self.close_connection = True
            if not reply.hangs_up:
                self._begin(reply)
                with suppress(OSError):
                    self._send(reply)

        def _begin(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if not reply.endless and reply.length != -1:
                self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
            self.send_header("Connection", "close")
            self.end_headers()

        def _send(self, reply: Reply) -> None:
            while True:
                for part in _parts(reply):
                    if closing.wait(reply.drip):
                        return
                    self.wfile.write(part)
                    files.sent += len(part)
                if not reply.endless:
                    return

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that goes away, or speaks TLS to us, is part of the tests."""

    with Server(("127.0.0.1", 0), Handler) as server:
        files = FileServer(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield files
        finally:
            closing.set()
            server.shutdown()
            thread.join()


def _parts(reply: Reply) -> Sequence[bytes]:
    return [bytes([byte]) for byte in reply.body] if reply.drip else [reply.body]
