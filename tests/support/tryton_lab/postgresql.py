"""PostgreSQL for the lab: the one that TEST_POSTGRESQL_URL names or that is on 127.0.0.1:5432, else one of its own."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

MACHINES = "postgresql://root@127.0.0.1:5432/test"


def server_url(folder: Path) -> str:
    """The machine's if it answers; else a cluster below the folder, which is made and started."""
    given = os.environ.get("TEST_POSTGRESQL_URL")
    url = make_url(given or MACHINES).set(drivername="postgresql").render_as_string(hide_password=False)
    return url if given or is_answering(url) else _start_own(folder)


def is_answering(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def stop_own(folder: Path) -> None:
    if (folder / "postgresql/postmaster.pid").exists():
        _run(folder, "pg_ctl", "-m", "fast", "-w", "stop")


def _start_own(folder: Path) -> str:
    cluster = folder / "postgresql"
    if not cluster.exists():
        cluster.mkdir(parents=True)
        if os.getuid() == 0:  # PostgreSQL does not run as root
            shutil.chown(cluster, "postgres")
        _run(folder, "initdb", "--username=lab", "--auth=trust", "--encoding=UTF8", "--no-sync")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={cluster} -c fsync=off"
    _run(folder, "pg_ctl", "-w", "-l", str(cluster / "log"), "-o", options, "start")
    return f"postgresql://lab@127.0.0.1:{port}/postgres"


def _run(folder: Path, program: str, *arguments: str) -> None:
    found = shutil.which(program) or next(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{program}")), None)
    if found is None:
        raise SystemExit(f"{program} is missing: install PostgreSQL, or name a server in TEST_POSTGRESQL_URL")
    command = [found, "-D", str(folder / "postgresql"), *arguments]
    as_postgres = {"user": "postgres"} if os.getuid() == 0 else {}
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **as_postgres)
    if done.returncode:
        raise SystemExit(f"{program} failed:\n{done.stdout}{done.stderr}")
