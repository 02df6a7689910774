"""Logbook, books and Pleo held against each other: each way of disagreeing is found, and agreement is silent."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from support.builders.services import Office, an_office
from support.fakes.memory_ledger import MemoryLedger

from integration.accounting import ExistingVoucher
from integration.outcome import Recorded
from integration.pleo.models import ExportJobItem, ItemStatus
from integration.sandbox.world.expenses import Flaw
from tasks.cli.reconcile import Difference, findings


@pytest.fixture
def office(tmp_path):
    with an_office(tmp_path) as office:
        yield office


def an_exported_job(office: Office) -> tuple[UUID, UUID, UUID]:
    """The job, an entry that was recorded and one that was refused."""
    job = office.press_export(office.make_bad_expenses(Flaw.LINE_ACCOUNT_MISSING))
    office.export(job)
    items = office.desk.logbook.overview.items(job, limit=9)
    return job, items[1].accounting_entry_id, items[0].accounting_entry_id


def items_at_pleo(office: Office, job: UUID) -> dict[UUID, ExportJobItem]:
    """Where Pleo itself keeps them, to be tampered with."""
    return next(one.items for one in office.pleo.sandbox.jobs() if one.head.id == job)


def found(office: Office, job: UUID) -> set[tuple[UUID, Difference]]:
    logged = office.desk.logbook.jobs.known(job)
    return {(finding.accounting_entry_id, finding.difference) for finding in findings(logged, office.desk)}


def test_an_exported_job_agrees(office):
    job, _, _ = an_exported_job(office)
    assert found(office, job) == set()


def test_a_voucher_that_was_taken_out_of_the_books_is_missing(office):
    job, recorded, _ = an_exported_job(office)
    del office.ledger.books.entries[str(recorded)]
    assert found(office, job) == {(recorded, Difference.MISSING)}


class RenumberedLedger(MemoryLedger):
    """The same books after somebody gave every voucher another number."""

    def find(self, reference: str) -> ExistingVoucher | None:
        standing = super().find(reference)
        return replace(standing, voucher_id="other") if standing else None


def test_a_voucher_with_another_number_is_changed(office):
    job, recorded, _ = an_exported_job(office)
    office.desk = replace(office.desk, system=RenumberedLedger(office.ledger.books))
    assert found(office, job) == {(recorded, Difference.CHANGED)}


def test_a_voucher_of_another_date_is_changed(office):
    job, recorded, _ = an_exported_job(office)
    entry = office.ledger.books.entries[str(recorded)]
    moved = replace(entry.voucher, date=entry.voucher.date.replace(year=1999))
    office.ledger.books.entries[str(recorded)] = replace(entry, voucher=moved)
    assert found(office, job) == {(recorded, Difference.CHANGED)}


def test_a_voucher_that_pleo_knows_by_another_number_is_changed(office):
    job, recorded, _ = an_exported_job(office)
    items_at_pleo(office, job)[recorded] = items_at_pleo(office, job)[recorded].model_copy(
        update={"external_id": "other"}
    )
    assert found(office, job) == {(recorded, Difference.CHANGED)}


def test_a_refused_entry_that_stands_in_the_books_is_extra(office):
    job, recorded, refused = an_exported_job(office)
    office.ledger.books.entries[str(refused)] = office.ledger.books.entries[str(recorded)]
    assert found(office, job) == {(refused, Difference.EXTRA)}


def test_a_refused_entry_that_a_later_job_recorded_is_not_extra(office):
    job, recorded, refused = an_exported_job(office)
    office.ledger.books.entries[str(refused)] = office.ledger.books.entries[str(recorded)]
    later = uuid4()
    logbook, now = office.desk.logbook, office.clock.now
    logbook.jobs.open(later, connection="nordlys", company_id=office.company.id, now=now)
    logbook.items.add(later, [(refused, "")])
    outcome = Recorded(str(refused), None, now.date(), now)
    logbook.recording.end(later, refused, outcome, worth=None, worker="w", now=now)
    assert found(office, job) == set()


def test_what_is_successful_at_pleo_and_unknown_here_is_extra(office):
    job, recorded, _ = an_exported_job(office)
    stranger = uuid4()
    row = items_at_pleo(office, job)[recorded].model_copy(update={"accounting_entry_id": stranger})
    items_at_pleo(office, job)[stranger] = row
    assert found(office, job) == {(stranger, Difference.EXTRA)}


def test_an_outcome_that_pleo_does_not_have_is_unreported(office):
    job, recorded, refused = an_exported_job(office)
    at_pleo = items_at_pleo(office, job)
    at_pleo[recorded] = at_pleo[recorded].model_copy(update={"status": ItemStatus.ABANDONED})
    del at_pleo[refused]
    assert found(office, job) == {(recorded, Difference.UNREPORTED), (refused, Difference.UNREPORTED)}
