"""What only the beancount ledger does: its files, its directory, its judge, and what an accountant may change."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.builders.vouchers import HOSTILE_TEXTS, OPEN_DAY, a_file, a_voucher, reference, some_files
from support.contracts.accounting_contract import BEANCOUNT_CHART

from integration.accounting.beancount.adapter import Beancount
from integration.bookkeeping.vouchers import InvoiceTerms, Narrative, VendorAccount, Voucher, VoucherKind
from integration.configuration.connection import PostingStatus
from integration.errors import AccountingSystemMisconfigured, AccountingSystemUnreachable
from integration.errors.items import ReceiptUploadFailed

VOUCHER = f"vouchers/{reference(1)[:2]}/{reference(1)}.beancount"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "accounts.beancount").write_text(BEANCOUNT_CHART, encoding="utf-8")
    return tmp_path


@pytest.fixture
def ledger(directory: Path) -> Beancount:
    return Beancount(directory, posting=PostingStatus.DRAFT)


def files_in(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def test_a_ledger_without_vouchers_is_accepted(ledger: Beancount, directory: Path):
    ledger.check()
    assert files_in(directory) == ["accounts.beancount", "main.beancount", "vouchers/none/none.beancount"]


def test_the_users_main_file_is_left_as_it_is(ledger: Beancount, directory: Path):
    own = '; mine\ninclude "accounts.beancount"\ninclude "vouchers/*/*.beancount"\n'
    (directory / "main.beancount").write_text(own, encoding="utf-8")
    ledger.check()
    ledger.record(a_voucher(), reference(1), ())
    assert (directory / "main.beancount").read_text(encoding="utf-8") == own


def test_a_main_file_that_does_not_include_the_vouchers_is_named(ledger: Beancount, directory: Path):
    (directory / "main.beancount").write_text('include "accounts.beancount"\n', encoding="utf-8")
    with pytest.raises(AccountingSystemMisconfigured, match="lacks the line include"):
        ledger.check()


def test_many_that_begin_at_once_make_one_main_file(directory: Path):
    def begin(number: int) -> None:
        Beancount(directory, posting=PostingStatus.DRAFT).record(a_voucher(number), reference(number), ())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(begin, range(8)))
    Beancount(directory, posting=PostingStatus.DRAFT).check()
    assert len(files_in(directory)) == 8 + len(("accounts.beancount", "main.beancount", "none.beancount"))


def test_a_directory_without_a_chart_is_left_empty(tmp_path: Path):
    with pytest.raises(AccountingSystemMisconfigured, match="write the chart of accounts to"):
        Beancount(tmp_path, posting=PostingStatus.DRAFT).record(a_voucher(), reference(1), some_files(1))
    assert files_in(tmp_path) == []


def test_nothing_is_said_to_stand_or_not_in_a_directory_that_is_away(tmp_path: Path):
    with pytest.raises(AccountingSystemMisconfigured, match="write the chart of accounts to"):
        Beancount(tmp_path / "unmounted", posting=PostingStatus.DRAFT).find(reference(1))


def test_a_chart_without_accounts_is_named(ledger: Beancount, directory: Path):
    (directory / "accounts.beancount").write_text("; to come\n", encoding="utf-8")
    with pytest.raises(AccountingSystemMisconfigured, match="opens no account"):
        ledger.check()


def test_beancounts_judgement_names_the_line_and_no_text_of_the_voucher(ledger: Beancount, directory: Path):
    ledger.record(a_voucher(narrative=Narrative("Dinner with\naccounts.beancount:1: Ada", "R-1")), reference(1), ())
    path = directory / VOUCHER
    path.write_text(path.read_text(encoding="utf-8").replace("-100.00", "-99.00"), encoding="utf-8")
    with pytest.raises(AccountingSystemMisconfigured) as caught:
        ledger.check_ledger()
    assert f"{VOUCHER}, line 1: Transaction does not balance" in str(caught.value)
    assert "Dinner" not in str(caught.value)
    assert "Ada" not in str(caught.value)


def test_beancounts_judgement_does_not_repeat_what_it_quotes(ledger: Beancount, directory: Path):
    ledger.record(a_voucher(), reference(1), ())
    path = directory / VOUCHER
    path.write_text(path.read_text(encoding="utf-8").replace("  kind:", '  kind: "Ada"\n  kind:'), encoding="utf-8")
    with pytest.raises(AccountingSystemMisconfigured, match=r"Duplicate metadata field on entry\. ") as caught:
        ledger.check_ledger()
    assert "journal_entry" not in str(caught.value)


def test_beancounts_judgement_shows_three_mistakes_and_counts_the_rest(ledger: Beancount, directory: Path):
    with (directory / "accounts.beancount").open("a", encoding="utf-8") as chart:
        chart.write("2020-01-01 close Assets:Never\n" * 5)
    with pytest.raises(
        AccountingSystemMisconfigured,
        match=r"line 11: Unopened account Assets:Never is being closed; .*; .* \(and 2 more\)",
    ):
        ledger.check()


def test_a_missing_receipt_is_found_by_beancount(ledger: Beancount, directory: Path):
    ledger.record(a_voucher(), reference(1), some_files(1))
    next((directory / "receipts").rglob("*.txt")).unlink()
    with pytest.raises(AccountingSystemMisconfigured, match="File does not exist"):
        ledger.check()


def check_elsewhere(directory: Path, path: str) -> subprocess.CompletedProcess[str]:
    """Check by a Python that has no `bean-check` beside it."""
    script = (
        "import sys; sys.executable = '/nowhere/python'\n"
        "from pathlib import Path\n"
        "from integration.accounting.beancount.adapter import Beancount, PostingStatus\n"
        "Beancount(Path(sys.argv[1]), posting=PostingStatus.DRAFT).check()"
    )
    program = (sys.executable, "-c", script, str(directory))
    return subprocess.run(program, env={"PATH": path}, capture_output=True, text=True, check=False)


def test_a_missing_bean_check_says_what_to_install(directory: Path):
    answer = check_elsewhere(directory, "")
    assert "bean-check is missing: pip install 'pleo-export[beancount]'." in answer.stderr


def test_bean_check_on_the_path_is_asked_not_to_use_its_cache(
    directory: Path, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("bin")
    (folder / "bean-check").write_text(
        '#!/bin/sh\n[ "$*" = "--no-cache $LEDGER" ] || exit 1\n'.replace("$LEDGER", str(directory / "main.beancount"))
    )
    (folder / "bean-check").chmod(0o755)
    assert check_elsewhere(directory, str(folder)).returncode == 0


def test_a_bean_check_that_cannot_be_started_is_named(directory: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("bin")
    (folder / "bean-check").write_text("#!/nowhere/python\n", encoding="utf-8")
    (folder / "bean-check").chmod(0o755)
    assert "AccountingSystemUnreachable: The accounting system" in check_elsewhere(directory, str(folder)).stderr


def test_an_accountant_may_finalise_and_move_what_stands(ledger: Beancount, directory: Path):
    draft = ledger.record(a_voucher(), reference(1), ())
    path = directory / VOUCHER
    path.write_text(path.read_text(encoding="utf-8").replace("2026-03-14 !", "2026-04-01 *"), encoding="utf-8")
    standing = ledger.find(reference(1))
    assert standing
    assert (draft.posting, standing.posting) == (PostingStatus.DRAFT, PostingStatus.FINALISED)
    assert str(standing.date) == "2026-04-01"


def a_bill(number: int, vendor: str = "V-0007", invoice: str = "INV-118") -> Voucher:
    terms = InvoiceTerms(invoice, issued=OPEN_DAY)
    kind = VoucherKind.SUPPLIER_INVOICE
    return replace(a_voucher(number), kind=kind, vendor=VendorAccount(vendor, "Nordic Coffee"), invoice=terms)


def test_a_bill_that_was_taken_out_of_the_books_or_never_got_there_is_none(ledger: Beancount, directory: Path):
    ledger.record(a_bill(1), reference(1), ())
    assert ledger.has_invoice("V-0007", "INV-118")
    (directory / VOUCHER).unlink()
    assert not ledger.has_invoice("V-0007", "INV-118")


def test_no_vendor_and_no_invoice_number_gets_into_a_file_name_or_into_another_invoice(
    ledger: Beancount, directory: Path
):
    for number, text in enumerate(HOSTILE_TEXTS):
        ledger.record(a_bill(number, text, text), reference(number), ())
        assert ledger.has_invoice(text, text)
        assert not ledger.has_invoice(text, "")
    names = [path.relative_to(directory / "invoices") for path in (directory / "invoices").rglob("*")]
    assert all(str(name).replace("/", "").replace("-", "").isalnum() for name in names)
    ledger.record(a_bill(98, "V-1", "1-INV"), reference(98), ())
    assert not ledger.has_invoice("V-1", "INV")


def test_a_worker_that_was_killed_before_its_bill_leaves_nothing_to_find(ledger: Beancount, directory: Path):
    class Killed(Exception):
        pass

    class NoFiles(tuple[()]):
        __slots__ = ()

        def __iter__(self):
            raise Killed

    with pytest.raises(Killed):
        ledger.record(a_bill(1), reference(1), NoFiles())
    (bill,) = (path.name for path in (directory / "invoices").rglob("*") if path.is_file())
    assert bill.endswith(f"-{reference(1)}")
    assert not ledger.has_invoice("V-0007", "INV-118")


def test_whether_a_bill_stands_is_not_said_of_a_directory_that_is_away(tmp_path: Path):
    with pytest.raises(AccountingSystemMisconfigured):
        Beancount(tmp_path / "away", posting=PostingStatus.DRAFT).has_invoice("V-0007", "INV-118")


def test_what_another_worker_recorded_in_the_meantime_is_what_stands(ledger: Beancount, directory: Path):
    other = Beancount(directory, posting=PostingStatus.FINALISED)

    class Meanwhile(tuple[()]):
        __slots__ = ()

        def __iter__(self):
            other.record(a_voucher(day=OPEN_DAY + timedelta(days=1)), reference(1), ())
            return iter(())

    standing = ledger.record(a_voucher(), reference(1), Meanwhile())
    assert standing.posting is PostingStatus.FINALISED
    assert standing == other.find(reference(1))


def test_a_voucher_file_without_its_transaction_is_not_recorded_over(ledger: Beancount, directory: Path):
    ledger.record(a_voucher(), reference(1), ())
    (directory / VOUCHER).write_text("; moved\n", encoding="utf-8")
    with pytest.raises(AccountingSystemMisconfigured, match="holds no transaction: restore or delete it"):
        ledger.record(a_voucher(), reference(1), ())


@pytest.mark.parametrize(
    "name", ["", "a", "../../etc/passwd", "4f/6a", "..", "4F6A", "a\n", "ab\0", "-ab", ".ab", "ä1", "a" * 101]
)
def test_a_reference_that_is_no_safe_file_name_is_refused(ledger: Beancount, directory: Path, name: str):
    with pytest.raises(ValueError, match="a reference is lower-case letters, digits and hyphens"):
        ledger.find(name)
    with pytest.raises(ValueError, match="a reference is lower-case letters, digits and hyphens"):
        ledger.record(a_voucher(), name, some_files(1))
    assert files_in(directory) == ["accounts.beancount"]


@pytest.mark.parametrize("name", ["receipt.exe", "receipt", "receipt.pdf/../x", "receipt.PDF"])
def test_a_kind_of_file_that_is_not_kept_is_refused(ledger: Beancount, name: str):
    with pytest.raises(ReceiptUploadFailed, match="did not take file 2"):
        ledger.record(a_voucher(), reference(1), (a_file(), a_file(name=name)))
    assert ledger.find(reference(1)) is None


def test_what_a_killed_worker_left_unfinished_is_harmless(ledger: Beancount, directory: Path):
    ledger.record(a_voucher(), reference(1), ())
    (directory / VOUCHER).with_name(".4f6a.unfinished").write_text('2026-01-01 * "half a vou', encoding="utf-8")
    ledger.check()


def test_receipts_are_named_by_reference_place_and_content(ledger: Beancount, directory: Path):
    files = some_files(1)
    ledger.record(a_voucher(), reference(1), files)
    folder = directory / "receipts" / reference(1)[:2]
    first, second = (file.sha256[:16] for file in files)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        f"{reference(1)}-1-{first}.pdf": files[0].content,
        f"{reference(1)}-2-{second}.txt": files[1].content,
    }


def test_nothing_unfinished_is_left_by_one_that_was_not(ledger: Beancount, directory: Path):
    ledger.record(a_voucher(), reference(1), some_files(1))
    assert len(files_in(directory)) == 6
    assert not list(directory.rglob(".*"))


@contextmanager
def full_disk(limit: int) -> Iterator[None]:
    """No file grows beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_takes_no_more_leaves_nothing_half_written(ledger: Beancount, directory: Path):
    with full_disk(500), pytest.raises(AccountingSystemUnreachable, match="File too large"):
        ledger.record(a_voucher(), reference(1), (a_file(), a_file(b"x" * 5_000)))
    assert ledger.find(reference(1)) is None
    assert not list(directory.rglob(".*"))
    ledger.check()
    ledger.record(a_voucher(), reference(1), (a_file(), a_file(b"x" * 5_000)))
    ledger.check()


def test_a_full_disk_fails_the_check(ledger: Beancount):
    ledger.check()
    with full_disk(0), pytest.raises(AccountingSystemUnreachable, match="File too large"):
        ledger.check()


@pytest.mark.parametrize("name", ["vouchers", "receipts"])
def test_a_file_where_a_folder_should_be_is_a_mistake_to_mend(ledger: Beancount, directory: Path, name: str):
    (directory / name).write_text("in the way", encoding="utf-8")
    with pytest.raises(AccountingSystemMisconfigured, match=r"set up wrongly: (Not a directory|File exists)"):
        ledger.record(a_voucher(), reference(1), some_files(1))


def test_a_directory_that_takes_no_files_fails_the_check(directory: Path):
    with pytest.raises(AccountingSystemMisconfigured, match="Not a directory"):
        Beancount(directory / "accounts.beancount", posting=PostingStatus.DRAFT).check()


def test_the_url_leads_to_the_file_or_to_fava(ledger: Beancount, directory: Path):
    standing = ledger.record(a_voucher(), reference(1), ())
    assert standing.url == (directory / VOUCHER).as_uri()
    shown = Beancount(directory, posting=PostingStatus.DRAFT, fava_url="http://localhost:5000/acme/").find(reference(1))
    assert shown
    assert shown.url == f"http://localhost:5000/acme/journal/?filter=%5E{reference(1)}"
