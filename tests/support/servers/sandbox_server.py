"""The sandbox behind a real web server, in a thread of the test's own process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

from integration.sandbox.api.paging import PageSizes
from integration.sandbox.faults.faults import Faults
from integration.sandbox.serve import build_uvicorn_server, listen
from integration.sandbox.server import create_app
from integration.sandbox.state.rules import Sandbox


@dataclass(frozen=True, slots=True)
class RunningSandbox:
    """Everything a test may want to ask or to break."""

    url: str
    sandbox: Sandbox
    faults: Faults


@contextmanager
def running_sandbox(sandbox: Sandbox, *, sizes: PageSizes | None = None) -> Iterator[RunningSandbox]:
    """Serves until the block is left; no thread, socket or warning stays behind."""
    faults = Faults()
    listener, url = listen("127.0.0.1", 0)
    server = build_uvicorn_server(create_app(sandbox, faults, sizes))
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    with listener:
        thread.start()
        try:
            yield RunningSandbox(url, sandbox, faults)
        finally:
            server.should_exit = True
            thread.join()
