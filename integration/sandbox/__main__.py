"""The sandbox as a process of its own: `python -m integration.sandbox --port 8765`."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from integration.sandbox.faults.strictness import LENIENT, Strictness
from integration.sandbox.serve import build_uvicorn_server, listen
from integration.sandbox.server import create_app
from integration.sandbox.world.scenarios import DEMO_EXPENSES, build_seeded_sandbox


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m integration.sandbox", description="A local Pleo.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765, help="0 is any free port")
    parser.add_argument("--port-file", type=Path, help="gets the base URL as soon as requests are answered")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same expenses")
    parser.add_argument("--expenses", type=int, default=DEMO_EXPENSES, help="for each company")
    parser.add_argument("--lenient", action="store_true", help="accept what Pleo documents nowhere")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Serves until it is told to stop, and then leaves with exit code 0."""
    arguments = _build_parser().parse_args(argv)
    try:
        listener, base_url = listen(arguments.host, arguments.port)
    except OSError as error:
        sys.exit(f"Cannot listen on port {arguments.port} of {arguments.host}: {error.strerror}.")
    strictness = LENIENT if arguments.lenient else Strictness()
    sandbox = build_seeded_sandbox(seed=arguments.seed, strictness=strictness, expenses=arguments.expenses)
    server = build_uvicorn_server(create_app(sandbox))
    # uvicorn raises the signal again after its farewell; the process is not to die of it.
    signal.signal(signal.SIGTERM, server.handle_exit)
    signal.signal(signal.SIGINT, server.handle_exit)
    _publish_base_url(base_url, arguments.port_file)
    with listener:
        server.run(sockets=[listener])


def _publish_base_url(base_url: str, file: Path | None) -> None:
    """Whoever sees the file sees all of it."""
    if file:
        draft = file.with_name(f"{file.name}.draft")
        draft.write_text(base_url, encoding="utf-8")
        draft.replace(file)
    sys.stdout.write(f"Pleo sandbox at {base_url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
