"""What came of the demo: a table of jobs, the refusals' causes, the books' totals, where to look."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from integration.pleo.models import ExportJob
from tasks import context
from tasks.cli.show import causes
from tasks.demo.configuration import short_name
from tasks.demo.export import Exported
from tasks.demo.ledger import totals
from tasks.demo.processes import Machines
from tasks.demo.seed import COMPANIES


def print_report(exported: list[Exported], machines: Machines) -> None:
    """Everything is read back: events from Pleo, outcomes from the logbook, totals from the ledgers."""
    console = Console()
    console.print(_jobs_table(exported))
    console.print(_causes_table(exported))
    console.print(_books_table(machines.directory))


def _jobs_table(exported: list[Exported]) -> Table:
    table = Table(
        "company", "job", "items", "recorded", "refused", "Pleo got", title="Export jobs", title_justify="left"
    )
    for one in exported:
        tally = context.current().logbook.items.tally(one.job_id)
        counts = (str(tally.all), str(tally.recorded), str(tally.refused))
        table.add_row(short_name(one.batch.company), one.batch.title, *counts, _at_pleo(one).status)
    return table


def _at_pleo(one: Exported) -> ExportJob:
    connection = context.current().settings.connection(short_name(one.batch.company))
    return context.current().desk(connection).pleo.export_job(one.job_id)


def _causes_table(exported: list[Exported]) -> Table:
    table = Table("job", "items", "cause", title="Why items were refused", title_justify="left")
    for one in exported:
        for cause, count in causes(context.current().logbook.items.of(one.job_id)):
            table.add_row(one.batch.title, str(count), escape(cause))
    return table


def _books_table(directory: Path) -> Table:
    table = Table("ledger", "debits", "credits", "bean-check", title="Books", title_justify="left")
    for company in COMPANIES:
        connection = context.current().settings.connection(short_name(company))
        context.current().desk(connection).system.check()
        ledger = directory / "ledger" / short_name(company)
        for currency, (debited, credited) in sorted(totals(ledger).items()):
            table.add_row(
                short_name(company), f"{debited:,.2f} {currency}", f"{credited:,.2f} {currency}", "accepts it"
            )
    return table


def print_where_to_look(machines: Machines, *, keep: bool) -> None:
    """Files stay; pages are there as long as the demo runs."""
    console = Console(highlight=False, soft_wrap=True)
    ledger = machines.directory / "ledger" / short_name(COMPANIES[0])
    console.print(f"The books:          fava {ledger / 'main.beancount'}")
    console.print(
        f"One job in detail:  PLEO_EXPORT_CONFIG={machines.directory / 'pleo-export.toml'} pleo-export show …"
    )
    if not keep:
        console.print("Look around:        run it again with --keep: Flower, and the page where Export is pressed")
        return
    console.print(f"Flower:             {machines.flower_url}")
    console.print(f"Pleo's page:        {machines.pleo_url}")
    console.print("Ctrl-C stops everything.")
