"""A preview says what recording then does, and leaves no trace: at Pleo, in the logbook, in the books."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from beancount import loader
from beancount.core.data import Transaction
from beancount.parser import parser
from support.builders.services import Office, an_office, claim
from support.fakes.clocks import START
from support.fakes.memory_ledger import MemoryLedger
from support.processes.programs import run_pleo_export
from support.servers.sandbox_server import running_sandbox

from integration import export_job
from integration.accounting import ExistingVoucher
from integration.accounting.registry import open_accounting_system, open_text_renderer
from integration.bookkeeping.chart import Chart, Period
from integration.configuration.connection import Accounts, BeancountLedger, ClosedPeriod
from integration.errors import AccountingSystemUnreachable, ExportJobFinished
from integration.errors.items import RejectedByAccountingSystem
from integration.errors.reasons import JobFailureReason
from integration.export_job.preview import ItemPreview, JobPreview, LookedAt, ToRecord
from integration.logbook.items import LoggedItem
from integration.outcome import NotRecorded, Recorded
from integration.pleo.models import Account
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.expenses import Expense, Flaw
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import build_expenses_with_refusals, build_seeded_sandbox, build_valid_expenses
from integration.sandbox.world.seeded_random import SeededRandom
from tasks.demo.configuration import write_configuration
from tasks.demo.ledger import write_chart


@pytest.fixture
def office(tmp_path):
    with an_office(tmp_path) as opened:
        yield opened


def previewed(office: Office, job: UUID) -> dict[UUID, ItemPreview]:
    looked_at = JobPreview.of(job, office.desk)
    return {entry: looked_at.item(entry) for entry in looked_at.entries()}


def the_only(office: Office, job: UUID) -> ItemPreview:
    (item,) = previewed(office, job).values()
    return item


def with_settings(office: Office, **settings: object) -> None:
    office.desk = replace(office.desk, connection=office.desk.connection.model_copy(update=settings))


def test_what_is_previewed_is_what_recording_then_does(office):
    job = office.press_export(build_expenses_with_refusals(office.rng, office.company, 24, now=office.clock.now))
    expected = previewed(office, job)
    event = JobPreview.of(job, office.desk).closing(expected.values()).event
    assert office.export(job) == export_job.Settled(event)
    items = office.desk.logbook.items.of(job)
    assert {item.accounting_entry_id: item.worth for item in items} == {
        entry: item.worth for entry, item in expected.items()
    }
    for item in items:
        match expected[item.accounting_entry_id].expected:
            case ToRecord(voucher=voucher, files=files, text=None):
                stands = office.ledger.books.entries[str(item.accounting_entry_id)]
                assert stands.voucher == voucher
                assert [(file.name, len(file.content)) for file in stands.files] == [
                    (file.name, file.size) for file in files
                ]
            case outcome:
                assert outcome == item.outcome
    noted = {(line.accounting_entry_id, line.text) for line in office.desk.logbook.history.decisions(job)}
    foreseen = {(entry, note.text) for entry, item in expected.items() for note in decisions(item)}
    assert noted == foreseen


def decisions(item: ItemPreview):
    return item.expected.decisions if isinstance(item.expected, ToRecord) else ()


def test_a_preview_leaves_no_trace(office):
    job = office.press_export(office.expenses(3))
    before = office.at_pleo(job), office.items_at_pleo(job)
    office.clock.forward(minutes=5)
    assert len(previewed(office, job)) == 3
    assert (office.at_pleo(job), office.items_at_pleo(job)) == before
    assert before[0].status == "pending"
    assert office.desk.logbook.jobs.find(job) is None
    assert office.desk.logbook.history.attempts(job) == []
    assert office.ledger.books.entries == {}


def test_what_a_preview_looks_at_takes_nothing(office):
    job = office.press_export(office.expenses(1))
    expected = the_only(office, job).expected
    assert isinstance(expected, ToRecord)
    with pytest.raises(TypeError, match="records nothing"):
        LookedAt(office.ledger).record(expected.voucher, "1", ())


def test_what_stands_in_the_books_already_is_said_to(office):
    expenses = office.expenses(2)
    job = office.press_export(expenses)
    claimed = claim(job, office.desk)
    assert isinstance(claimed, export_job.Dispatch)
    recorded = office.record(job, claimed.entries[0])
    assert isinstance(recorded, Recorded)
    expected = previewed(office, job)
    assert office.at_pleo(job).status == "in_progress"
    assert isinstance(expected[claimed.entries[0]].expected, ExistingVoucher)
    assert isinstance(expected[claimed.entries[1]].expected, ToRecord)


def test_items_that_pleo_has_as_final_count_for_the_event_and_are_not_looked_at(office):
    expenses = office.expenses(2)
    refused, other = (expense.item.accounting_entry_id for expense in expenses)
    job = office.press_export(expenses)
    claimed = claim(job, office.desk)
    assert isinstance(claimed, export_job.Dispatch)
    office.ledger.refusals[str(refused)] = RejectedByAccountingSystem(answer="the series is not manual")
    office.record(job, refused)
    office.clock.forward(minutes=1)
    export_job.report_if_due(job, office.desk)
    expected = previewed(office, job)
    assert list(expected) == [other]
    assert JobPreview.of(job, office.desk).closing(expected.values()).event == "completed_with_errors"


def test_a_job_that_has_ended_is_no_longer_to_be_previewed(office):
    job = office.press_export(office.expenses(1))
    office.export(job)
    with pytest.raises(ExportJobFinished):
        JobPreview.of(job, office.desk)


@pytest.mark.parametrize("with_files", [True, False])
def test_files_are_fetched_so_that_their_refusals_show_unless_they_are_not_asked_for(office, with_files):
    job = office.press_export(office.make_bad_expenses(Flaw.RECEIPT_DOWNLOAD_FAILED, beside=0))
    looked_at = JobPreview.of(job, office.desk)
    expected = looked_at.item(looked_at.entries()[0], with_files=with_files).expected
    assert isinstance(expected, NotRecorded if with_files else ToRecord)


@pytest.mark.parametrize(
    ("policy", "day"),
    [(ClosedPeriod.FAIL, None), (ClosedPeriod.EXPORT_DATE, START.date()), (ClosedPeriod.NEXT_OPEN, date(2026, 11, 22))],
)
def test_a_closed_period_is_previewed_as_the_connection_treats_it(office, policy, day):
    closed = Period(date.min, START.date() - timedelta(days=1), is_open=False)
    office.ledger.books.chart = Chart(periods=(closed, Period(START.date(), date.max, is_open=True)))
    with_settings(office, closed_period=policy)
    office.clock.forward(days=3)
    job = office.press_export(office.expenses(1))
    expected = the_only(office, job).expected
    match expected:
        case NotRecorded():
            assert (day, expected.code) == (None, "period_closed")
        case ToRecord(voucher=voucher, decisions=noted):
            assert voucher.date == (office.clock.now.date() if policy is ClosedPeriod.EXPORT_DATE else day)
            assert "shifted_date" in {note.code for note in noted}


def test_a_fault_of_ours_with_one_item_stops_no_other(office, caplog):
    class Broken(MemoryLedger):
        def find(self, reference):
            return 1 / 0 if reference == broken else super().find(reference)

    expenses = office.expenses(3)
    broken = str(expenses[0].item.accounting_entry_id)
    office.desk = replace(office.desk, system=Broken())
    outcomes = {str(entry): item.expected for entry, item in previewed(office, office.press_export(expenses)).items()}
    assert isinstance(outcomes[broken], NotRecorded)
    assert outcomes[broken].code == "unexpected"
    assert sum(isinstance(outcome, ToRecord) for outcome in outcomes.values()) == 2
    assert broken in {getattr(line, "accounting_entry_id", None) for line in caplog.records}


def test_missing_accounts_are_said_to_fail_the_job_before_any_item(office):
    job = office.press_export(office.expenses(1))
    assert JobPreview.of(job, office.desk).failed_before_any_item() is None
    with_settings(office, accounts=Accounts(wallet="5820"))
    failed = JobPreview.of(job, office.desk).failed_before_any_item()
    assert failed
    assert failed.reason_type is JobFailureReason.MISSING_CONFIGURATION
    assert claim(job, office.desk) == export_job.Settled(failed.event)
    assert office.at_pleo(job).failure_reason == failed.reason


def test_a_system_that_is_down_cannot_be_previewed(office):
    job = office.press_export(office.expenses(1))
    office.ledger.is_down = True
    with pytest.raises(AccountingSystemUnreachable):
        JobPreview.of(job, office.desk).failed_before_any_item()


# -- on a beancount ledger, and as a command


@dataclass
class Installed:
    """A company with a ledger and a job at a local Pleo, as an operator has it."""

    directory: Path
    environment: Mapping[str, str]
    sandbox: Sandbox

    def press_export(self, expenses: Sequence[Expense]) -> UUID:
        self.sandbox.add_expenses(NORDLYS.id, expenses)
        return self.sandbox.export(NORDLYS.id, [expense.item.accounting_entry_id for expense in expenses]).id

    def preview(self, *arguments: object):
        words = [str(argument) for argument in arguments]
        return run_pleo_export("preview", *words, environment=self.environment, cwd=self.directory)

    def ledger(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (self.directory / "ledger").rglob("*") if path.is_file()}


@pytest.fixture
def installed(tmp_path) -> Iterator[Installed]:
    sandbox = build_seeded_sandbox(expenses=0)
    write_chart(NORDLYS, tmp_path / "ledger" / "nordlys")
    with running_sandbox(sandbox) as running:
        yield Installed(tmp_path, write_configuration(tmp_path, running.url), sandbox)
    assert not sandbox.violations


def test_the_text_is_what_is_then_written_and_beancounts_own_refusals_show(office, tmp_path):
    write_chart(NORDLYS, tmp_path / "ledger")
    chart = tmp_path / "ledger" / "accounts.beancount"
    chart.write_text(chart.read_text().replace("5820-Pleo-wallet-DKK", "5820-Pleo-wallet-DKK EUR", 1))
    with_settings(office, beancount=BeancountLedger(directory=tmp_path / "ledger"))
    office.desk = replace(office.desk, system=open_accounting_system(office.desk.connection))
    job = office.press_export(office.expenses(12))
    looked_at = JobPreview.of(job, office.desk, open_text_renderer(office.desk.connection))
    expected = {entry: looked_at.item(entry).expected for entry in looked_at.entries()}
    office.export(job)
    refused = {item.accounting_entry_id for item in office.desk.logbook.items.of(job) if not written(tmp_path, item)}
    assert {entry for entry, outcome in expected.items() if isinstance(outcome, NotRecorded)} == refused
    assert 0 < len(refused) < 12
    for item in office.desk.logbook.items.of(job):
        outcome = expected[item.accounting_entry_id]
        if isinstance(outcome, ToRecord):
            assert outcome.text
            assert (written(tmp_path, item) or "").startswith(outcome.text)


def written(directory: Path, item: LoggedItem) -> str | None:
    entry = str(item.accounting_entry_id)
    path = directory / "ledger" / "vouchers" / entry[:2] / f"{entry}.beancount"
    return path.read_text() if path.exists() else None


def test_the_command_prints_one_ledger_that_beancount_accepts_and_writes_none(installed):
    job = installed.press_export(build_expenses_with_refusals(SeededRandom(1), NORDLYS, 12))
    before = installed.ledger()
    answer = installed.preview(job, "--beancount", "--company", "nordlys")
    assert installed.ledger() == before
    assert answer.returncode == 1  # some would be refused
    entries, errors, _ = parser.parse_string(answer.stdout)
    assert errors == []
    assert sum(isinstance(entry, Transaction) for entry in entries) == 4
    assert answer.stdout.count(" refused: ") == 8
    printed = installed.directory / "preview.beancount"
    printed.write_text(answer.stdout)
    assert loader.load_file(str(printed))[1] == []


def test_a_hostile_name_writes_no_line_of_its_own(installed):
    (expense,) = build_valid_expenses(SeededRandom(1), NORDLYS, 1)
    named = Account(id=NORDLYS.id, name='"\n2020-01-01 open Assets:Stolen\n\x1b[31m')
    lines = tuple(line.model_copy(update={"account": named}) for line in expense.item.accounting_entry_lines)
    hostile = expense.item.model_copy(update={"accounting_entry_lines": lines})
    job = installed.press_export([replace(expense, item=hostile)])
    for form in ("--beancount", "--company=nordlys"):
        answer = installed.preview(job, form, "--no-files")
        assert "Stolen" in answer.stdout
        assert "\x1b" not in answer.stdout
        assert not [printed for printed in answer.stdout.splitlines() if printed.startswith("2020-01-01")]


def test_the_command_prints_json_for_machines(installed):
    job = installed.press_export(build_valid_expenses(SeededRandom(1), NORDLYS, 3))
    answer = installed.preview(job, "--json", "--no-files")
    assert (answer.returncode, answer.stderr) == (0, "")
    printed = json.loads(answer.stdout)
    assert (printed["event"], printed["connection"], printed["status"]) == ("completed", "nordlys", "pending")
    for item in printed["items"]:
        assert item["outcome"] == "to_record"
        signed = [(leg["side"], Decimal(leg["amount"])) for leg in item["expected"]["voucher"]["postings"]]
        assert sum(amount if side == "debit" else -amount for side, amount in signed) == 0
        assert item["expected"]["files"] == []


def test_the_command_prints_tables_for_people(installed):
    expenses = build_expenses_with_refusals(SeededRandom(1), NORDLYS, 12)
    answer = installed.preview(installed.press_export(expenses))
    for words in ("To be recorded: 4", "Refused: 8", "file: receipt-1.", "account_unknown", "Nothing was written"):
        assert words in answer.stdout
    for expense in expenses:
        assert str(expense.item.accounting_entry_id) in answer.stdout


def test_a_job_that_would_fail_as_a_whole_is_a_sentence(installed):
    (installed.directory / "ledger" / "nordlys" / "accounts.beancount").write_text("2020-01-01 open Assets:Wallet\n")
    answer = installed.preview(installed.press_export(build_valid_expenses(SeededRandom(1), NORDLYS, 2)))
    assert answer.returncode == 1
    assert "Pleo would get: failed (invalid_configuration: " in answer.stdout


def test_a_job_that_nobody_knows(installed):
    answer = installed.preview("00000000-0000-4000-8000-000000000000")
    assert answer.returncode == 2
    assert "No connection has an export job" in answer.stderr
