"""The web process as it is run, beside a worker and a local Pleo, and two users who see a company each."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import requests
from support.processes.exporting import ExportStack, run_export_stack
from support.processes.ports import free_port
from support.processes.programs import wait_until

from tasks.web.console.passwords import hashed

PASSWORD = "correct horse battery"
USER = '\n[[users]]\nname = "{name}"\npassword = "{password}"\nconnections = ["{connection}"]\n'
TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclass
class Console:
    """The running console and what runs beside it."""

    office: ExportStack
    url: str
    jobs: dict[str, UUID] = field(default_factory=dict)

    def visitor(self) -> "Visitor":
        return Visitor(self)

    def user(self, name: str) -> "Visitor":
        visitor = self.visitor()
        answer = visitor.log_in(name, PASSWORD)
        assert answer.status_code == 303, answer.text
        return visitor


class Visitor:
    """A browser without a screen: it keeps cookies and knows the token of the page it saw last."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.console.url + path, allow_redirects=False, timeout=30)

    def post(self, path: str, **form: str) -> requests.Response:
        return self.session.post(self.console.url + path, data=form, allow_redirects=False, timeout=30)

    def read_form_token(self, path: str) -> str:
        found = TOKEN.search(self.get(path).text)
        assert found
        return found[1]

    def log_in(self, name: str, password: str, **more: str) -> requests.Response:
        return self.post("/login", token=self.read_form_token("/login"), name=name, password=password, **more)

    def confirm(self, path: str, **form: str) -> requests.Response:
        return self.post(path, token=self.read_form_token(path), **form)


@contextmanager
def a_console(directory: Path, **environment: str) -> Iterator[Console]:
    """anna sees nordlys, bo sees harbour."""
    password = hashed(PASSWORD)
    users = "".join(
        USER.format(name=name, password=password, connection=connection)
        for name, connection in (("anna", "nordlys"), ("bo", "harbour"))
    )
    port = free_port()
    settings = {"PLEO_EXPORT_SESSION_SECRET": "s" * 40, "PLEO_EXPORT_FLOWER_URL": "http://flower.example"}
    with run_export_stack(directory, users, **(settings | environment)) as office:
        web = [sys.executable, "-m", "tasks.cli.__main__", "web", "--port", str(port)]
        office.cluster.children.start("web", web, office.environment)
        console = Console(office, f"http://127.0.0.1:{port}")
        wait_until(lambda: is_answering(f"{console.url}/health/ready"), watch=office.cluster.children.must_run)
        yield console


def is_answering(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False
