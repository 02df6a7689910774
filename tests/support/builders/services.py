"""A desk in a test: the real client, logbook and use cases between a sandbox Pleo and a ledger in memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import requests
from pydantic import SecretStr
from support.contracts.openapi_contract import check_request, check_response
from support.fakes.clocks import Clock
from support.fakes.memory_ledger import MemoryLedger
from support.servers.sandbox_server import RunningSandbox, running_sandbox

from integration import export_item, export_job
from integration.configuration.connection import Accounts, Connection
from integration.limits.admission import Limits, OwnGate
from integration.logbook import Logbook
from integration.outcome import GUIDES_DEFAULT, ItemOutcome
from integration.pleo.client import PleoClient
from integration.pleo.models import ExportJob, ExportJobItem
from integration.pleo.oauth.credential import ApiKeyAuth
from integration.pleo.transport import Transport
from integration.sandbox.api.paging import PageSizes
from integration.sandbox.faults.strictness import Strictness
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.companies import Company
from integration.sandbox.world.expenses import Expense, Flaw
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_expenses_with_refusals, build_valid_expenses
from integration.sandbox.world.seeded_random import SeededRandom
from integration.services import Desk
from integration.worker_identity import Worker


@dataclass
class Office:
    """One company's exports, with everything a test may want to look at or break."""

    pleo: RunningSandbox
    desk: Desk
    ledger: MemoryLedger
    clock: Clock
    company: Company = NORDLYS
    rng: SeededRandom = field(default_factory=lambda: SeededRandom(7))

    def press_export(self, expenses: Sequence[Expense]) -> UUID:
        self.pleo.sandbox.add_expenses(self.company.id, expenses)
        entries = [expense.item.accounting_entry_id for expense in expenses]
        return self.pleo.sandbox.export(self.company.id, entries).id

    def expenses(self, count: int) -> list[Expense]:
        return build_valid_expenses(self.rng, self.company, count, now=self.clock.now)

    def make_bad_expenses(self, why: Flaw, beside: int = 1) -> list[Expense]:
        return build_expenses_with_refusals(self.rng, self.company, 1 + beside, flaws=[why], now=self.clock.now)

    def record_all(self, dispatch: export_job.Dispatch) -> None:
        for entry in dispatch.entries:
            self.record(dispatch.job_id, entry)

    def record(self, job_id: UUID, entry: UUID) -> ItemOutcome | export_item.TryAgain | export_item.Over:
        return export_item.record(job_id, entry, self.desk.logbook.jobs.known(job_id).run, self.desk)

    def export(self, job_id: UUID) -> export_job.Settled | export_job.NotYet:
        claimed = claim(job_id, self.desk)
        assert isinstance(claimed, export_job.Dispatch)
        self.record_all(claimed)
        return export_job.settle(job_id, self.desk)

    def at_pleo(self, job_id: UUID) -> ExportJob:
        return self.desk.pleo.export_job(job_id)

    def items_at_pleo(self, job_id: UUID) -> dict[UUID, ExportJobItem]:
        return {item.accounting_entry_id: item for item in self.desk.pleo.export_job_items(job_id)}


def claim(job_id: UUID, desk: Desk) -> export_job.Dispatch | export_job.Settled | None:
    """With all items read, which may raise."""
    with export_job.claim(job_id, desk) as claimed:
        return replace(claimed, entries=tuple(claimed.entries)) if isinstance(claimed, export_job.Dispatch) else claimed


@contextmanager
def an_office(
    directory: Path, *, strictness: Strictness | None = None, sizes: PageSizes | None = None
) -> Iterator[Office]:
    """Everything is closed at the end, and no rule of Pleo's was broken on the way."""
    clock = Clock()
    sandbox = Sandbox(clock=clock, strictness=strictness)
    sandbox.add_company(NORDLYS)
    with running_sandbox(sandbox, sizes=sizes) as running, requests.Session() as files:
        ledger, logbook = MemoryLedger(), Logbook.at(f"sqlite:///{directory}/logbook.db")
        pleo = a_client(running.url, NORDLYS.api_key)
        desk = Desk(
            connection=a_connection(NORDLYS, NORDLYS.accounts),
            logbook=logbook,
            system=ledger,
            gate=OwnGate(Limits(), clock),
            pleo=pleo,
            files=files,
            worker=Worker.here(),
            clock=clock,
        )
        try:
            yield Office(running, desk, ledger, clock)
        finally:
            pleo.close()
            logbook.close()
        assert not sandbox.violations
        assert len(ledger.recordings) == len(set(ledger.recordings)), "the ledger was told to record something twice"


def a_connection(company: Company, accounts: Accounts) -> Connection:
    return Connection(
        name="nordlys",
        company_id=company.id,
        api_key_env="PLEO_API_KEY",
        accounting_system="beancount",
        accounts=accounts,
    )


def a_client(url: str, api_key: str, *, read_seconds: float = 10) -> PleoClient:
    """Whatever it sends and gets is held against Pleo's published contract."""
    session = requests.Session()
    session.hooks["response"].append(_check)
    return PleoClient(Transport(url, ApiKeyAuth(SecretStr(api_key)), read_seconds=read_seconds, session=session))


def _check(answer: requests.Response, **_: object) -> None:
    sent = answer.request
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body
    if not (body and answer.url.endswith("/v3/export-job-events") and GUIDES_DEFAULT.encode() in body):
        check_request(
            str(sent.method), str(sent.url), dict(sent.headers), body
        )  # the one value that only the guide has
    if answer.status_code < 500 and answer.headers.get("content-type", "").startswith("application/json"):
        check_response(str(sent.method), str(sent.url), answer.status_code, answer.headers, answer.content)
