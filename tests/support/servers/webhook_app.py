"""The webhook intake by itself as a program: `python webhook_app.py PORT`."""

import sys

from starlette.applications import Starlette

from integration.sandbox.serve import build_uvicorn_server, listen
from tasks.web.webhook_intake import routes


def main(port: str) -> None:
    listener, _ = listen("127.0.0.1", int(port))
    build_uvicorn_server(Starlette(routes=routes())).run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
