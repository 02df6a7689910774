"""The sandbox as a process of its own: `python -m integration.sandbox --port 8765`."""

import argparse
import signal
import sys
from pathlib import Path

from integration.sandbox.scenarios import DEMO_EXPENSES, seeded_sandbox
from integration.sandbox.serve import listen, uvicorn_server
from integration.sandbox.server import create_app
from integration.sandbox.strictness import LENIENT, Strictness


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m integration.sandbox", description="A local Pleo.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8765, help="0 is any free port")
    parser.add_argument("--port-file", type=Path, help="gets the base URL as soon as requests are answered")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same expenses")
    parser.add_argument("--expenses", type=int, default=DEMO_EXPENSES, help="for each company")
    parser.add_argument("--lenient", action="store_true", help="accept what Pleo documents nowhere")
    return parser.parse_args()


def main() -> None:
    """Serves until it is told to stop, and then leaves with exit code 0."""
    arguments = _arguments()
    strictness = LENIENT if arguments.lenient else Strictness()
    sandbox = seeded_sandbox(seed=arguments.seed, strictness=strictness, expenses=arguments.expenses)
    listener, base_url = listen(arguments.host, arguments.port)
    # uvicorn raises the signal again after its farewell; without these the process would die of it.
    for told_to_stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told_to_stop, lambda *_: None)
    sys.stdout.write(f"Pleo sandbox at {base_url}\n")
    sys.stdout.flush()
    if arguments.port_file:
        _publish(arguments.port_file, base_url)
    with listener:
        uvicorn_server(create_app(sandbox)).run(sockets=[listener])


def _publish(file: Path, base_url: str) -> None:
    """Whoever sees the file sees all of it."""
    draft = file.with_name(f"{file.name}.draft")
    draft.write_text(base_url, encoding="utf-8")
    draft.replace(file)


if __name__ == "__main__":
    main()
