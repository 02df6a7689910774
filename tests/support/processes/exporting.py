"""A local Pleo with two companies, their ledgers, a private broker and a worker: all that an export needs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from support.processes.programs import CeleryCluster, a_celery_cluster, run_pleo_export, wait_until
from support.servers.sandbox_server import RunningSandbox, running_sandbox

from integration.logbook import Logbook
from integration.sandbox.world.companies import Company
from integration.sandbox.world.expenses import Expense
from integration.sandbox.world.scenarios import build_seeded_sandbox
from tasks.demo.charts import write_charts
from tasks.demo.configuration import short_name, write_configuration

OPENING_DATE = "2020-01-01"


@dataclass
class ExportStack:
    """Everything that a test may want to ask or to mend."""

    directory: Path
    pleo: RunningSandbox
    cluster: CeleryCluster

    @property
    def environment(self) -> dict[str, str]:
        return self.cluster.environment

    def press_export(self, company: Company, expenses: Sequence[Expense]) -> UUID:
        self.pleo.sandbox.add_expenses(company.id, expenses)
        return self.pleo.sandbox.export(company.id, [one.item.accounting_entry_id for one in expenses]).id

    def get_job_status(self, company: Company, job_id: UUID) -> str:
        return self.pleo.sandbox.get_job(company, job_id).status

    def poll(self) -> None:
        """As a user does it."""
        answer = run_pleo_export("poll", environment=self.environment, cwd=self.directory)
        assert answer.returncode == 0, answer.stderr

    def wait_until_closed(self, company: Company, job_id: UUID) -> None:
        """At Pleo and in the logbook."""
        logbook = Logbook.at(self.environment["PLEO_EXPORT_DATABASE_URL"])

        def is_over() -> bool:
            job = logbook.jobs.find(job_id)
            return job is not None and job.closed_at is not None

        try:
            wait_until(is_over, watch=self.cluster.children.must_run)
        finally:
            logbook.close()

    def open_account(self, company: Company, number: str) -> None:
        """What an accountant does about «Account No. 9999 does not exist»."""
        chart = self.directory / "ledger" / short_name(company) / "accounts.beancount"
        with chart.open("a") as lines:
            lines.write(f'{OPENING_DATE} open Expenses:{number}-Sundry\n  code: "{number}"\n')

    def count_vouchers(self, company: Company) -> int:
        found = (self.directory / "ledger" / short_name(company)).glob("vouchers/*/*.beancount")
        return len([path for path in found if path.stem != "none"])


@contextmanager
def run_export_stack(directory: Path, configuration: str = "", **environment: str) -> Iterator[ExportStack]:
    """With one worker; `configuration` is put at the end of the TOML file."""
    sandbox = build_seeded_sandbox(expenses=0)
    with running_sandbox(sandbox) as pleo:
        configured = write_configuration(directory, pleo.url) | environment
        with Path(configured["PLEO_EXPORT_CONFIG"]).open("a") as file:
            file.write(configuration)
        write_charts(directory / "ledger")
        with a_celery_cluster(directory / "plant", configured) as cluster:
            cluster.start_worker()
            yield ExportStack(directory, pleo, cluster)
    assert not sandbox.violations
