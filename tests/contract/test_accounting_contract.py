"""What every adapter has to do; see `accounting_contract` for how to list one."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from support.builders.vouchers import HOSTILE_TEXTS, OPEN_DAY, WALLET, a_file, a_voucher, reference, some_files
from support.contracts import accounting_contract
from support.contracts.accounting_contract import COMPANIES, LAST_CLOSED_DAY, Company, FilesUntil, record_all

from integration.bookkeeping.vouchers import InvoiceTerms, Narrative, VendorAccount, Voucher, VoucherKind
from integration.configuration.connection import PostingStatus
from integration.errors.items import AccountNotInChart, PeriodClosed

LONG = 20_000
NOT_OPEN_BILLS = sorted(set(VoucherKind) - {VoucherKind.SUPPLIER_INVOICE, VoucherKind.CREDIT_NOTE})


@pytest.fixture(params=COMPANIES)
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Company:
    return COMPANIES[request.param](tmp_path)


@pytest.fixture(params=[name for name, company in COMPANIES.items() if company.is_shared])
def worker(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts another process that records into the same company."""

    def start(count: int, seed: int = 0) -> subprocess.Popen[str]:
        program = (sys.executable, accounting_contract.__file__, request.param, str(tmp_path), str(count), str(seed))
        environment = os.environ | {"PYTHONPATH": str(Path(accounting_contract.__file__).parents[2])}
        return subprocess.Popen(program, stdout=subprocess.PIPE, text=True, env=environment)

    COMPANIES[request.param](tmp_path)
    return start


@pytest.fixture
def shared_company(worker: object, request: pytest.FixtureRequest, tmp_path: Path) -> Company:
    return COMPANIES[request.node.callspec.params["worker"]](tmp_path)


def references(company: Company) -> list[str]:
    return sorted(recorded.reference for recorded in company.read_vouchers())


def readable(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def of_invoice(kind: VoucherKind, number: int = 1, invoice: str = "INV-118") -> Voucher:
    terms = InvoiceTerms(invoice, issued=OPEN_DAY)
    return replace(a_voucher(number), kind=kind, vendor=VendorAccount("V-0007", "Nordic Coffee"), invoice=terms)


def all_once(company: Company) -> list[str]:
    return sorted(reference(number) for number in range(company.raced))


def test_a_system_that_is_set_up_passes_its_check(company: Company):
    company.open().check()


def test_the_chart_is_what_the_company_was_set_up_with(company: Company):
    chart = company.open().read_chart()
    assert chart.accounts == {"7010", "7020", "1150"}
    assert chart.tax_codes is not None
    assert chart.tax_codes["I25"].rate == Decimal("0.25")
    assert chart.dimensions == {"PROJECT": {"PRJ-1"}}
    assert [vendor.code for vendor in chart.vendors or ()] == ["V-0007"]


def test_the_last_closed_day_is_closed_and_the_next_is_open(company: Company):
    periods = company.open().read_chart().periods or ()
    is_open = {
        day: any(period.is_open for period in periods if period.first <= day <= period.last)
        for day in (LAST_CLOSED_DAY, LAST_CLOSED_DAY + timedelta(days=1))
    }
    assert list(is_open.values()) == [False, True]


def test_a_voucher_stands_with_its_day_its_texts_its_legs_and_its_files_in_order(company: Company):
    files = some_files(1)
    standing = company.open().record(a_voucher(), reference(1), files)
    (recorded,) = company.read_vouchers()
    assert (recorded.day, recorded.payee, recorded.text) == (OPEN_DAY, "Nordic Coffee", "Lunch with a customer")
    assert recorded.legs == (("7010", Decimal("100.00")), (WALLET, Decimal("-100.00")))
    assert recorded.files == tuple(file.sha256 for file in files)
    assert standing.voucher_id
    assert standing.date == OPEN_DAY


def test_the_same_file_attached_twice_is_there_twice(company: Company):
    company.open().record(a_voucher(), reference(1), (a_file(), a_file()))
    assert company.read_vouchers()[0].files == (a_file().sha256, a_file().sha256)


@pytest.mark.parametrize("posting", PostingStatus)
def test_the_posting_behaviour_is_kept(company: Company, posting: PostingStatus):
    standing = company.open(posting).record(a_voucher(), reference(1), ())
    assert standing.posting is posting
    assert company.read_vouchers()[0].posting is posting


def test_recording_again_answers_with_what_stands(company: Company):
    first = company.open(PostingStatus.DRAFT).record(a_voucher(), reference(1), some_files(1))
    changed = a_voucher(amount="7.00", day=OPEN_DAY + timedelta(days=1))
    assert company.open(PostingStatus.FINALISED).record(changed, reference(1), some_files(2)) == first
    (recorded,) = company.read_vouchers()
    assert recorded.legs[0] == ("7010", Decimal("100.00"))
    assert recorded.files == tuple(file.sha256 for file in some_files(1))


def test_a_lost_answer_is_found_by_the_next_connection(company: Company):
    lost = company.open().record(a_voucher(), reference(1), some_files(1))
    assert company.open().find(reference(1)) == lost


def test_nothing_is_found_for_an_unknown_reference(company: Company):
    company.open().record(a_voucher(1), reference(1), ())
    assert company.open().find(reference(2)) is None


def test_nothing_is_found_in_a_company_without_vouchers(company: Company):
    assert company.open().find(reference(1)) is None


def test_an_unknown_account_is_refused_and_nothing_stands(company: Company):
    system = company.open()
    with pytest.raises(AccountNotInChart, match="9999"):
        system.record(a_voucher(account="9999"), reference(1), some_files(1))
    assert system.find(reference(1)) is None


def test_a_closed_period_is_refused_and_nothing_stands(company: Company):
    system = company.open()
    with pytest.raises(PeriodClosed, match="2025-12-31"):
        system.record(a_voucher(day=LAST_CLOSED_DAY), reference(1), some_files(1))
    assert system.find(reference(1)) is None


def test_what_stands_is_found_after_its_period_was_closed_to_new_vouchers(company: Company):
    system = company.open()
    standing = system.record(a_voucher(), reference(1), ())
    assert system.record(a_voucher(day=LAST_CLOSED_DAY), reference(1), ()) == standing


@pytest.mark.parametrize("kind", [VoucherKind.SUPPLIER_INVOICE, VoucherKind.CREDIT_NOTE])
def test_an_open_bill_is_found_by_its_vendor_and_its_number(company: Company, kind: VoucherKind):
    system = company.open()
    assert not system.has_invoice("V-0007", "INV-118")
    for number in (1, 2):  # a vendor may give a number twice
        system.record(of_invoice(kind, number), reference(number), ())
    assert bool(company.open().has_invoice("V-0007", "INV-118")) == company.finds_bills
    assert not system.has_invoice("V-0007", "INV-11")
    assert not system.has_invoice("V-0008", "INV-118")


@pytest.mark.parametrize("kind", NOT_OPEN_BILLS)
def test_nothing_but_an_open_bill_is_one(company: Company, kind: VoucherKind):
    system = company.open()
    system.record(of_invoice(kind), reference(1), ())
    assert not system.has_invoice("V-0007", "INV-118")


def test_a_bill_that_was_refused_is_not_found(company: Company):
    system = company.open()
    with pytest.raises(PeriodClosed):
        system.record(replace(of_invoice(VoucherKind.SUPPLIER_INVOICE), date=LAST_CLOSED_DAY), reference(1), ())
    assert not system.has_invoice("V-0007", "INV-118")


def test_every_kind_of_file_that_the_system_names_is_taken(company: Company):
    system = company.open()
    for number, kind in enumerate(sorted(system.capabilities.files.kinds)):
        system.record(a_voucher(number), reference(number), (a_file(name=f"receipt.{kind}"),))
    assert {recorded.files for recorded in company.read_vouchers()} == {(a_file().sha256,)}


def test_hostile_texts_are_recorded_and_change_nothing_else(company: Company):
    system = company.open()
    for number, text in enumerate(HOSTILE_TEXTS):
        narrative = Narrative(text, text, text, (text,), text)
        system.record(a_voucher(number, narrative=narrative), reference(number), ())
    system.check()
    recorded = {entry.reference: entry for entry in company.read_vouchers()}
    assert len(recorded) == len(HOSTILE_TEXTS)
    for number, text in enumerate(HOSTILE_TEXTS):
        entry = recorded[reference(number)]
        assert entry.legs == (("7010", Decimal("100.00")), (WALLET, Decimal("-100.00")))
        assert readable(entry.text) == readable(text)
        assert readable(entry.payee) == readable(text)


def test_texts_at_their_limits_are_kept_whole(company: Company):
    capabilities = company.open().capabilities
    longest = Narrative("ä" * (capabilities.texts.text or LONG), "R" * (capabilities.texts.ids or LONG))
    company.open().record(a_voucher(narrative=longest), reference(1), ())
    assert company.read_vouchers()[0].text == longest.text


def test_an_empty_text_is_recorded(company: Company):
    company.open().record(a_voucher(narrative=Narrative("", "")), reference(1), ())
    assert company.read_vouchers()[0].text == ""


def test_what_was_cut_off_between_two_files_is_finished_by_recording_again(company: Company):
    class CutOff(Exception):
        pass

    class OneFile(FilesUntil):
        __slots__ = ()

        @staticmethod
        def kill_process() -> None:
            raise CutOff

    system = company.open()
    with pytest.raises(CutOff):
        system.record(a_voucher(), reference(1), OneFile(some_files(1)))
    assert system.find(reference(1)) is None
    system.record(a_voucher(), reference(1), some_files(1))
    assert company.read_vouchers()[0].files == tuple(file.sha256 for file in some_files(1))


def test_threads_that_record_the_same_vouchers_record_each_once(company: Company):
    def run(seed: int) -> int:
        return len(list(record_all(company.open(), seed, company.raced)))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(4))) == [company.raced] * 4
    assert references(company) == all_once(company)


def test_processes_that_record_the_same_vouchers_record_each_once(
    worker: Callable[..., subprocess.Popen[str]], shared_company: Company
):
    workers = [worker(shared_company.raced, seed) for seed in range(3)]
    told = [process.communicate()[0].split() for process in workers]
    assert [len(numbers) for numbers in told] == [shared_company.raced] * 3
    assert references(shared_company) == all_once(shared_company)
    assert all(len(recorded.files) == 2 for recorded in shared_company.read_vouchers())


def test_a_worker_killed_between_two_files_leaves_nothing_and_is_made_good(
    worker: Callable[..., subprocess.Popen[str]], shared_company: Company
):
    killed = worker(1)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    system = shared_company.open()
    assert system.find(reference(1)) is None
    system.check()
    system.record(a_voucher(), reference(1), some_files(1))
    (recorded,) = shared_company.read_vouchers()
    assert recorded.files == tuple(file.sha256 for file in some_files(1))


def test_what_a_killed_worker_left_is_finished_by_another(
    worker: Callable[..., subprocess.Popen[str]], shared_company: Company
):
    killed = worker(60)
    assert killed.stdout
    told = [killed.stdout.readline() for _ in range(20)]
    killed.kill()
    told += killed.communicate()[0].splitlines()
    system = shared_company.open()
    system.check()
    assert all(system.find(reference(int(number))) for number in told)
    assert len(list(record_all(system, 2, 60))) == 60
    assert len(set(references(shared_company))) == len(references(shared_company)) == 60
    assert all(len(recorded.files) == 2 for recorded in shared_company.read_vouchers())
