"""A private Tryton 8.0 for tests and for trying out: packages, databases, a server.

    python -m support.tryton_lab.lab start      builds what is missing, starts the server, prints the connection
    python -m support.tryton_lab.lab stop       stops the server; what was built stays
    python -m support.tryton_lab.lab clean      and drops the databases

Everything is below `.tryton/` (or PLEO_EXPORT_TRYTON), but for databases in a PostgreSQL that was there (`postgresql`).
Each company is made once as a template; a database is reset by copying it.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import psycopg
from sqlalchemy.engine import make_url
from support.tryton_lab.charts import CONTRACT, build_chart
from support.tryton_lab.postgresql import is_answering, server_url, stop_own

from integration.sandbox.world.sample_nordlys import NORDLYS

ROOT = Path(__file__).parents[3]
MODULE = ROOT / "tryton_module"
PACKAGES = (
    "trytond ~=8.0.0",
    "proteus ~=8.0.0",
    "trytond_account ~=8.0.0",
    "trytond_account_invoice ~=8.0.0",
    "trytond_analytic_account ~=8.0.0",
    "trytond_analytic_invoice ~=8.0.0",
    "psycopg[binary,pool] >=3.2,<4",
    "gunicorn >=23,<28",
    "setuptools >=77",
)
#: Tests record into these; `bare` is the contract's company without our module, `playground` is for looking around.
COMPANIES = ("nordlys", "bare", "contract", "playground")
CONFIGURATION = """\
[database]
uri = {uri}
path = {folder}/files
; Two posts at a time fight for the gap-free number; the default of 5 is not enough.
retry = 40
[request]
; A voucher comes with its files in one request.
max_size = 134217728
[attachment]
; In the database, so that a reset takes files back too.
filestore = False
{web}"""


class Lab:
    """What is below the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.prefix = f"tryton_{sha256(str(self.folder).encode()).hexdigest()[:8]}"

    @property
    def url(self) -> str:
        return str(self._read_json("server.json")["url"])

    def keys(self, company: str) -> dict[str, str]:
        return self._read_json(f"{company}.json")

    def database(self, company: str) -> str:
        return f"{self.prefix}_{company}"

    def server(self, company: str) -> str:
        """PostgreSQL's URL of the company's database."""
        return str(
            make_url(self._read_json("postgresql.json")["url"])
            .set(database=self.database(company))
            .render_as_string(hide_password=False)
        )

    def company_name(self, company: str) -> str:
        return str(CONTRACT["company"]) if company in {"contract", "bare"} else NORDLYS.name

    def is_built(self) -> bool:
        return all((self.folder / f"{company}.json").exists() for company in COMPANIES)

    def reset(self, company: str) -> None:
        """The company as it was made. The running server needs some seconds to notice, so `empty` is for most tests."""
        self._copy(f"{company}_template", company)

    def empty(self, company: str) -> None:
        """Take back what was recorded; what was changed in the chart stays."""
        with psycopg.connect(self.server(company), autocommit=True) as db:
            db.execute("TRUNCATE account_move, account_invoice, ir_attachment, ir_note CASCADE")

    def start(self) -> bool:
        """Whether it was started now."""
        if self._is_answering():
            return False
        self._find_postgresql()
        port = self._port()
        self._write("server.json", {"url": f"http://127.0.0.1:{port}"})
        command = ["gunicorn", "--daemon", "--workers=2", "--threads=4", f"--bind=127.0.0.1:{port}", "--pid=server.pid"]
        self._run(*command, "--timeout=120", "--error-logfile=server.log", "trytond.application:app")
        for _ in range(150):
            if self._is_answering():
                return True
            time.sleep(0.2)
        raise SystemExit(f"Tryton does not answer: see {self.folder}/server.log")

    def stop(self) -> None:
        """Tryton only: databases go on being there."""
        pid = self.folder / "server.pid"
        if not pid.exists():
            return
        os.kill(int(pid.read_text()), signal.SIGINT)
        for _ in range(150):
            if not pid.exists():
                return
            time.sleep(0.1)

    def build(self) -> None:
        """Packages, then one database that every company is copied from; what is there already is kept."""
        if self.is_built():
            return
        self.folder.mkdir(exist_ok=True)
        self._packages()
        self._find_postgresql()
        if not (self.folder / "core.json").exists():
            self._core()
        self._company("nordlys", "core", build_chart(NORDLYS, "6510"), with_module=True)
        self._company("bare", "core", CONTRACT, with_module=False)
        self._company("contract", "bare_template", None, with_module=True)
        self._company("playground", "nordlys_template", None, with_module=False)

    def clean(self) -> None:
        self.stop()
        for company in COMPANIES:
            self._drop(f"{company}_template")
            self._drop(company)
        self._drop("core")

    def _packages(self) -> None:
        if not (self.folder / "venv/bin/pip").exists():
            subprocess.run([sys.executable, "-m", "venv", self.folder / "venv"], check=True)
        quiet = ("--quiet", "--disable-pip-version-check")
        self._run("pip", "install", *quiet, *PACKAGES)
        copied = shutil.copytree(MODULE, self.folder / "module", dirs_exist_ok=True)  # building leaves its own files
        self._run("pip", "install", *quiet, "--no-deps", "--no-build-isolation", "--force-reinstall", str(copied))
        _say("packages")

    def _core(self) -> None:
        self._create("core")
        modules = ("account_invoice", "analytic_invoice")
        self._admin("core", "-u", *modules, "--activate-dependencies", "--email=lab@example.com")
        self._write("core.json", {})

    def _company(self, company: str, origin: str, chart: dict[str, object] | None, *, with_module: bool) -> None:
        """Made by a chart, or like the company that it is copied from and with that one's keys."""
        template = f"{company}_template"
        self._copy(origin, template)
        if with_module:
            self._admin(template, "-u", "pleo_export", "-m")
        keys = self._set_up(template, chart) if chart else self.keys(origin.removesuffix("_template"))
        self.reset(company)
        self._write(f"{company}.json", keys)
        _say(company)

    def _set_up(self, template: str, chart: dict[str, object]) -> dict[str, str]:
        program = str(Path(__file__).with_name("setup_company.py"))
        printed = self._run("python", program, "trytond.conf", self.database(template), stdin=json.dumps(chart))
        keys: dict[str, str] = json.loads(printed.splitlines()[-1])
        return keys

    def _admin(self, company: str, *arguments: str) -> None:
        (self.folder / "password").write_text("Lab-only-9431")
        self._run("trytond-admin", "-c", "trytond.conf", "-d", self.database(company), *arguments)
        _say(f"schema of {company}")

    def _run(self, program: str, *arguments: str, stdin: str | None = None) -> str:
        environment = os.environ | {
            "TRYTOND_CONFIG": str(self.folder / "trytond.conf"),
            "TRYTONPASSFILE": str(self.folder / "password"),
            "TRYTOND_LOGGING_LEVEL": "30",
            # Nobody can log in to a database that was not loaded; a request with a key loads it.
            "TRYTOND_DATABASE_NAMES": self.database("playground"),
            # Nothing in the lab has to outlive a power failure.
            "PGOPTIONS": "-c synchronous_commit=off",
        }
        done = subprocess.run(
            [self.folder / "venv/bin" / program, *arguments],
            cwd=self.folder, env=environment, input=stdin, text=True, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{program} {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _find_postgresql(self) -> None:
        """Its port is another one after each start when it is our own."""
        known = self.folder / "postgresql.json"
        if known.exists() and is_answering(self._read_json("postgresql.json")["url"]):
            return
        url = server_url(self.folder)
        self._write("postgresql.json", {"url": url})
        server = make_url(url).set(database="").render_as_string(hide_password=False).rstrip("/")
        web = f"[web]\nroot = {root}\n" if (root := os.environ.get("PLEO_EXPORT_TRYTON_WEB")) else ""
        configuration = CONFIGURATION.format(uri=f"{server}/", folder=self.folder, web=web)
        (self.folder / "trytond.conf").write_text(configuration)

    def _create(self, company: str) -> None:
        self._drop(company)
        self._execute(f"CREATE DATABASE {self.database(company)}")

    def _copy(self, template: str, company: str) -> None:
        self._drop(company)
        self._execute(f"CREATE DATABASE {self.database(company)} TEMPLATE {self.database(template)}")

    def _drop(self, company: str) -> None:
        self._execute(f"DROP DATABASE IF EXISTS {self.database(company)} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self._read_json("postgresql.json")["url"], autocommit=True) as server:
            server.execute(statement)

    def _port(self) -> int:
        """The same as last time, so that a configuration stays good."""
        known = (self.folder / "server.json").exists()
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", int(self.url.rpartition(":")[2]) if known else 0))
            return int(free.getsockname()[1])

    def _is_answering(self) -> bool:
        if not (self.folder / "server.json").exists():
            return False
        try:
            with urlopen(f"{self.url}/", timeout=5):
                return True
        except HTTPError:
            return True
        except OSError:
            return False

    def _read_json(self, name: str) -> dict[str, str]:
        return json.loads((self.folder / name).read_text())

    def _write(self, name: str, content: dict[str, str]) -> None:
        (self.folder / name).write_text(json.dumps(content))


def _say(done: str) -> None:
    sys.stderr.write(f"{time.monotonic() - STARTED:6.1f} s  {done}\n")


STARTED = time.monotonic()

CONNECTION = """\
Tryton runs at {url} (log in: database {database}, user admin, password Lab-only-9431).

[[connections]]
name = "nordlys"
company_id = "{company_id}"
api_key_env = "PLEO_API_KEY_NORDLYS"
accounting_system = "tryton"

[connections.accounts]
{accounts}

[connections.tryton]
url = "{url}"
database = "{database}"
company = "{company}"
journal = "PLEO"
key_env = "TRYTON_KEY_NORDLYS"
max_request_mb = 128

export TRYTON_KEY_NORDLYS={key}
"""


def connection(lab: Lab) -> str:
    accounts = NORDLYS.accounts.model_dump(exclude_none=True)
    return CONNECTION.format(
        url=lab.url,
        database=lab.database("playground"),
        company=NORDLYS.name,
        company_id=NORDLYS.id,
        accounts="\n".join(f'{name} = "{number}"' for name, number in accounts.items()),
        key=lab.keys("playground")["key"],
    )


def get_lab() -> Lab:
    return Lab(Path(os.environ.get("PLEO_EXPORT_TRYTON", ROOT / ".tryton")))


if __name__ == "__main__":
    match sys.argv[1]:
        case "start":
            get_lab().build()
            get_lab().start()
            sys.stdout.write(connection(get_lab()))
        case "stop":
            get_lab().stop()
            stop_own(get_lab().folder)
        case "clean":
            get_lab().clean()
