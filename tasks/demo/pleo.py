"""The demo's Pleo as a program of its own: `python -m tasks.demo.pleo ITEMS URL_FILE`."""

import sys
from pathlib import Path

from integration.sandbox.serve import build_uvicorn_server, listen
from integration.sandbox.server import create_app
from tasks.demo.seed import batches, sandbox_with


def main(items: str, url_file: str) -> None:
    """Write down the URL once it is listened at, then serve until told to stop."""
    listener, url = listen("127.0.0.1", 0)
    app = create_app(sandbox_with(batches(int(items))))
    Path(url_file).write_text(url, encoding="ascii")
    build_uvicorn_server(app).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
