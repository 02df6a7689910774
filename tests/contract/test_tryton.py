"""What only Tryton does, against a live server: kinds of record, taxes, refusals, lost answers, restarts."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from support.builders.vouchers import reference, some_files
from support.tryton_lab import company as program
from support.tryton_lab.bills import (
    DAIRY,
    GOODS,
    INPUT_VAT,
    OUTPUT_VAT,
    PAYABLE,
    SOFTWARE,
    WALLET,
    YEAR,
    a_bill,
    a_purchase,
    base,
    credit,
    day,
    debit,
    tax,
)
from support.tryton_lab.company import build_settings, legs, open_tryton, read_records, running_lab
from support.tryton_lab.lab import Lab
from support.tryton_lab.wire import Fault, Wire, a_wire

from integration.accounting.tryton.adapter import Tryton, host_lock, host_lock_name
from integration.accounting.tryton.rest import RestClient
from integration.bookkeeping.vouchers import Dimension, OriginalAmount, VendorAccount, VoucherKind
from integration.configuration.connection import PostingStatus
from integration.errors import (
    AccountingSystemForbidden,
    AccountingSystemMisconfigured,
    AccountingSystemUnauthenticated,
    AccountingSystemUnreachable,
    OutcomeUnknown,
)
from integration.errors.items import (
    AccountNotInChart,
    PeriodClosed,
    ReceiptsTooLarge,
    RejectedByAccountingSystem,
    TagNotInChart,
    TaxCodeNotInChart,
    VendorNotInChart,
)

NORDLYS = "nordlys"
D = Decimal


@pytest.fixture(scope="module")
def as_made() -> Lab:
    """Tests of this module change the chart: as it was made again, if an earlier run did."""
    lab = running_lab()
    changed = (
        "SELECT 1 FROM account_account WHERE code = '7777' UNION SELECT 1 FROM account_period WHERE state <> 'open'"
    )
    if query(lab, changed):
        lab.reset(NORDLYS)
    return lab


@pytest.fixture
def lab(as_made: Lab) -> Lab:
    as_made.empty(NORDLYS)
    return as_made


@pytest.fixture
def tryton(lab: Lab) -> Tryton:
    return open_tryton(lab, NORDLYS, PostingStatus.FINALISED)


@pytest.fixture
def wire(lab: Lab) -> Iterator[Wire]:
    with a_wire(lab.url) as between:
        yield between


def over(wire: Wire, lab: Lab, posting: PostingStatus = PostingStatus.FINALISED) -> Tryton:
    return open_tryton(lab, NORDLYS, posting, url=wire.url)


def administrator(lab: Lab) -> RestClient:
    key = open_tryton(lab, NORDLYS, key=lab.keys(NORDLYS)["key_of_administrator"])
    key.check()
    return key._rest


def period_of(rest: RestClient, month: int) -> int:
    wanted = [["start_date", "=", date(YEAR, month, 1)]]
    return next(int(str(row["id"])) for row in rest.search("account.period", wanted, ("id",)))


def moves_of_invoices(lab: Lab) -> list[tuple[tuple[str, Decimal], ...]]:
    with psycopg.connect(lab.server(NORDLYS)) as db:
        made = db.execute("SELECT id FROM account_move WHERE origin LIKE 'account.invoice,%' ORDER BY id").fetchall()
        return [legs(db, number) for (number,) in made]


def query(lab: Lab, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(lab.server(NORDLYS)) as db:
        return db.execute(statement).fetchall()


# What is recorded as what


def test_a_purchase_is_a_posted_move_with_its_tax_and_its_dimensions(lab, tryton):
    recorded = tryton.record(a_purchase(1), reference(1), some_files(1))
    (move,) = read_records(lab, NORDLYS)
    assert move.state == "posted"
    assert move.legs == ((GOODS, D("100.01")), (INPUT_VAT, D("25.00")), (WALLET, D("-125.01")))
    assert recorded.url == f"{lab.url}/#{lab.database(NORDLYS)}/model/account.move/{recorded.voucher_id.split(',')[1]}"
    taxed = query(lab, "SELECT type, amount FROM account_tax_line ORDER BY id")
    assert taxed == [("base", D("100.01")), ("tax", D("25.00"))]
    analytic = query(
        lab,
        "SELECT code, debit, credit FROM analytic_account_line l JOIN analytic_account_account a ON a.id = l.account "
        "ORDER BY code",
    )
    assert analytic == [("ROASTERY", D("100.01"), 0), ("WEBSHOP", D("100.01"), 0)]


def test_reverse_charge_stands_on_both_of_its_taxes(lab, tryton):
    trace, taxes = base("REV25"), tax("REV25")
    bought = (debit(SOFTWARE, "80", trace), debit(INPUT_VAT, "20", taxes), credit(OUTPUT_VAT, "20", taxes))
    tryton.record(a_purchase(1, *bought, credit(WALLET, "80")), reference(1), ())
    traced = query(
        lab,
        "SELECT description, l.type, l.amount FROM account_tax_line l JOIN account_tax t ON t.id = l.tax ORDER BY l.id",
    )
    assert traced == [
        ("REV25 input", "base", D(80)),
        ("REV25 input", "tax", D(20)),
        ("REV25 output", "tax", D(-20)),
    ]


def test_a_bill_is_an_invoice_to_be_paid_with_pleos_own_tax_to_the_coin(lab, tryton):
    tryton.record(a_bill(1), reference(1), some_files(1))
    (invoice,) = read_records(lab, NORDLYS, "account_invoice")
    assert (invoice.reference, invoice.state, len(invoice.files)) == (reference(1), "posted", 2)
    assert sorted(moves_of_invoices(lab)[0]) == [
        (GOODS, D("100.01")),
        (INPUT_VAT, D("24.99")),
        (PAYABLE, D("-125.00")),
    ]
    assert query(lab, "SELECT type, amount FROM account_tax_line ORDER BY type") == [
        ("base", D("100.01")),
        ("tax", D("24.99")),
    ]
    assert query(lab, "SELECT count(*), sum(debit) FROM analytic_account_line") == [(2, D("200.02"))]
    due = "SELECT reference, invoice_date, payment_term_date FROM account_invoice"
    assert query(lab, due) == [("INV-1", day(3), date(YEAR, 3, 28))]


def test_a_payment_finds_its_bill_by_vendor_and_number(lab, tryton):
    assert tryton.has_invoice(DAIRY.code, "INV-1") is False
    tryton.record(a_bill(1), reference(1), ())
    assert tryton.has_invoice(DAIRY.code, "INV-1") is True
    assert tryton.has_invoice(DAIRY.code, "INV-2") is False
    assert tryton.has_invoice("nobody", "INV-1") is None


def test_a_bill_with_two_lines_of_one_tax_has_its_base_once(lab, tryton):
    lines = (
        *(debit(GOODS, "60", base()), debit(INPUT_VAT, "15", tax())),
        *(debit(SOFTWARE, "40", base()), debit(INPUT_VAT, "10", tax())),
    )
    tryton.record(a_bill(1, *lines, credit(PAYABLE, "125")), reference(1), ())
    assert dict(moves_of_invoices(lab)[0])[PAYABLE] == D(-125)
    assert query(lab, "SELECT type, amount FROM account_tax_line ORDER BY type") == [("base", D(100)), ("tax", D(25))]


def test_a_bill_with_reverse_charge_is_owed_without_the_tax(lab, tryton):
    trace, taxes = base("REV25"), tax("REV25")
    lines = (debit(SOFTWARE, "80", trace), debit(INPUT_VAT, "20", taxes), credit(OUTPUT_VAT, "20", taxes))
    tryton.record(a_bill(1, *lines, credit(PAYABLE, "80")), reference(1), ())
    assert sorted(moves_of_invoices(lab)[0]) == [
        (SOFTWARE, D(80)),
        (INPUT_VAT, D(20)),
        (PAYABLE, D(-80)),
        (OUTPUT_VAT, D(-20)),
    ]


def test_a_bill_below_zero_is_a_credit_note(lab, tryton):
    returned = (credit(GOODS, "100", base()), credit(INPUT_VAT, "25", tax()), debit(PAYABLE, "125"))
    tryton.record(a_bill(1, *returned, kind=VoucherKind.CREDIT_NOTE), reference(1), ())
    assert sorted(moves_of_invoices(lab)[0]) == [
        (GOODS, D(-100)),
        (INPUT_VAT, D(-25)),
        (PAYABLE, D(125)),
    ]
    assert query(lab, "SELECT DISTINCT type, amount FROM account_tax_line ORDER BY type") == [
        ("base", D(-100)),
        ("tax", D(-25)),
    ]


def test_a_bill_may_wait_as_a_draft(lab):
    recorded = open_tryton(lab, NORDLYS, PostingStatus.DRAFT).record(a_bill(1), reference(1), some_files(1))
    assert recorded.posting is PostingStatus.DRAFT
    assert read_records(lab, NORDLYS, "account_invoice")[0].state == "draft"
    assert moves_of_invoices(lab) == []


def test_a_payment_stands_on_the_vendors_account(lab, tryton):
    paid = a_bill(1, debit(PAYABLE, "125"), credit(WALLET, "125"), kind=VoucherKind.PAYMENT)
    tryton.record(paid, reference(1), ())
    assert read_records(lab, NORDLYS)[0].legs == ((PAYABLE, D(125)), (WALLET, D(-125)))
    owed = "SELECT p.code FROM account_move_line l JOIN party_party p ON p.id = l.party"
    assert query(lab, owed) == [(DAIRY.code,)]


def test_what_is_paid_at_once_is_one_move_that_leaves_nothing_open_with_the_vendor(lab, tryton):
    both = (debit(GOODS, "80"), credit(PAYABLE, "80"), debit(PAYABLE, "80"), credit(WALLET, "80"))
    tryton.record(a_bill(1, *both, kind=VoucherKind.PAID_INVOICE), reference(1), ())
    assert len(read_records(lab, NORDLYS)[0].legs) == 4
    assert query(lab, "SELECT count(*) FROM account_move_line WHERE party IS NOT NULL AND reconciliation IS NULL") == [
        (0,)
    ]


def test_what_the_supplier_asked_for_stands_on_the_leg_that_paid_it(lab, tryton):
    tryton.record(a_purchase(1, original=OriginalAmount("EUR", D("16.76"))), reference(1), ())
    seconds = (
        "SELECT a.code, c.code, amount_second_currency FROM account_move_line l "
        "JOIN account_account a ON a.id = l.account JOIN currency_currency c ON c.id = l.second_currency"
    )
    assert query(lab, seconds) == [(WALLET, "EUR", D("-16.76"))]


def test_a_voucher_in_another_currency_balances_in_the_companys(lab, tryton):
    thirds = (debit(GOODS, "3.33"), debit(SOFTWARE, "3.33"), debit("2510", "3.34"), credit(WALLET, "10.00"))
    tryton.record(a_purchase(1, *thirds, currency="EUR"), reference(1), ())
    (move,) = read_records(lab, NORDLYS)
    assert sum(amount for _, amount in move.legs) == 0
    assert abs(dict(move.legs)[WALLET] + D("74.60")) <= D("0.02")
    assert query(lab, "SELECT sum(amount_second_currency), count(*) FROM account_move_line") == [(0, 4)]


def test_a_vendors_bill_for_something_that_is_no_expense_is_a_move(lab, tryton):
    tryton.record(a_bill(1, debit("5790", "80"), credit(PAYABLE, "80")), reference(1), ())
    assert read_records(lab, NORDLYS)[0].legs == (("5790", D(80)), (PAYABLE, D(-80)))


# Who may and what is where


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"key": "no-such-key"}, AccountingSystemUnauthenticated, "does not accept the credential"),
        ({"key": "key_without_rights"}, AccountingSystemForbidden, r"creating account\.move, "),
        ({"company": "Other ApS"}, AccountingSystemMisconfigured, "it sees: Nordlys Kaffe ApS"),
        ({"journal": "NONE"}, AccountingSystemMisconfigured, "no journal with the code NONE"),
        ({"database": "nowhere"}, AccountingSystemMisconfigured, "no such Tryton database"),
    ],
)
def test_what_is_wrong_with_the_connection_is_said(lab, change, error, said):
    with pytest.raises(error, match=said):
        open_tryton(lab, NORDLYS, **change).check()


def test_a_key_that_may_not_read_finds_nothing_and_says_so(lab):
    with pytest.raises(AccountingSystemForbidden, match=r"reading account\.move"):
        open_tryton(lab, NORDLYS, key="key_without_rights").find(reference(1))


# Refusals


@pytest.mark.parametrize(
    ("voucher", "refusal"),
    [
        (a_purchase(1, debit("9999", "1"), credit(WALLET, "1")), AccountNotInChart),
        (a_purchase(1, debit(GOODS, "1", base("I99")), credit(WALLET, "1")), TaxCodeNotInChart),
        (a_purchase(1, debit(GOODS, "1", None, Dimension("PROJECT", "X")), credit(WALLET, "1")), TagNotInChart),
        (a_bill(1, vendor=VendorAccount("L-9999", "Nobody")), VendorNotInChart),
        (a_bill(1, vendor=None), RejectedByAccountingSystem),
        (a_purchase(1, currency="XTS"), RejectedByAccountingSystem),
        (a_purchase(1, date=date(1999, 1, 1)), PeriodClosed),
    ],
)
def test_what_the_books_lack_is_refused_and_nothing_stands(lab, tryton, voucher, refusal):
    with pytest.raises(refusal):
        tryton.record(voucher, reference(1), some_files(1))
    assert read_records(lab, NORDLYS) == read_records(lab, NORDLYS, "account_invoice") == []


def test_an_account_that_was_added_a_moment_ago_is_known(lab, tryton):
    voucher = a_purchase(1, debit("7777", "1"), credit(WALLET, "1"))
    with pytest.raises(AccountNotInChart):
        tryton.record(voucher, reference(1), ())
    rest = administrator(lab)
    like = next(rest.search("account.account", [["code", "=", GOODS]], ("type.id",)))["type"]
    assert isinstance(like, dict)
    rest.create("account.account", {"code": "7777", "name": "New", "type": like["id"], "company": rest.company})
    assert tryton.record(voucher, reference(1), ()).posting is PostingStatus.FINALISED


@pytest.mark.parametrize(("month", "buttons"), [(7, ("close",)), (8, ("close", "lock_"))])
def test_a_period_that_was_closed_a_moment_ago_is_refused(lab, tryton, month, buttons):
    tryton.check()
    rest = administrator(lab)
    for button in buttons:
        rest.press_button(button, "account.period", period_of(rest, month))
    for number, voucher in enumerate((a_purchase(1, month=month), a_bill(2, month=month))):
        with pytest.raises(PeriodClosed, match=f"{YEAR}-0{month}-14"):
            tryton.record(voucher, reference(number), ())
    assert read_records(lab, NORDLYS) == read_records(lab, NORDLYS, "account_invoice") == []


def test_a_draft_that_tryton_will_not_post_is_taken_back(lab, tryton):
    tryton.record(a_bill(1, invoice="SAME"), reference(1), ())
    with pytest.raises(RejectedByAccountingSystem, match="similar"):
        tryton.record(a_bill(2, invoice="SAME"), reference(2), some_files(2))
    assert [invoice.reference for invoice in read_records(lab, NORDLYS, "account_invoice")] == [reference(1)]
    assert tryton.find(reference(2)) is None


# Lost answers, races, kills, restarts


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.WITHOUT_REASON])
@pytest.mark.parametrize("ending", ["account.move", "post"])
def test_an_answer_that_says_nothing_is_read_back(lab, wire, fault, ending):
    tryton = over(wire, lab)
    tryton.check()
    wire.add_fault("POST", ending, fault, times=2)
    assert tryton.record(a_purchase(1), reference(1), some_files(1)).posting is PostingStatus.FINALISED
    (move,) = read_records(lab, NORDLYS)
    assert (move.state, len(move.files)) == ("posted", 2)


@pytest.mark.parametrize("voucher", [a_purchase(1), a_bill(1)])
def test_a_draft_whose_posting_never_arrived_is_posted_by_the_next_worker(lab, wire, tryton, voucher):
    cut_off = over(wire, lab)
    cut_off.check()
    wire.add_fault("POST", "post", Fault.LOST_BEFORE, times=99)
    with pytest.raises(OutcomeUnknown):
        cut_off.record(voucher, reference(1), some_files(1))
    assert tryton.find(reference(1)) is None
    finished = tryton.record(voucher, reference(1), some_files(1))
    assert finished == tryton.find(reference(1))
    assert finished.posting is PostingStatus.FINALISED
    made = read_records(lab, NORDLYS, finished.voucher_id.partition(",")[0].replace(".", "_"))
    assert [(one.state, len(one.files)) for one in made if one.reference] == [("posted", 2)]


def test_a_worker_killed_between_create_and_post_leaves_a_draft_that_another_posts(lab, wire, tryton):
    wire.add_fault("POST", "post", Fault.LOST_BEFORE, times=99)
    with a_worker(NORDLYS, PostingStatus.FINALISED, 1, url=wire.url) as worker:
        assert wire.struck.wait(60)
        os.kill(worker.pid, signal.SIGKILL)
    assert [move.state for move in read_records(lab, NORDLYS)] == ["draft"]
    assert tryton.find(reference(0)) is None
    tryton.record(a_purchase(0), reference(0), some_files(0))
    (move,) = read_records(lab, NORDLYS)
    assert (move.state, len(move.files)) == ("posted", 2)


def a_worker(
    company: str, posting: PostingStatus, count: int, *, url: str = "", home: str = "/tmp"
) -> subprocess.Popen[str]:
    """Another process that records purchases; another `home` is another host's lane."""
    command = [sys.executable, program.__file__, company, posting, str(count), url]
    environment = os.environ | {"TMPDIR": home, "PYTHONPATH": str(Path(program.__file__).parents[2])}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


@pytest.mark.parametrize("hosts", [1, 2])
def test_two_workers_that_post_the_same_vouchers_post_each_once_in_unbroken_numbers(lab, tmp_path, hosts):
    homes = [tmp_path / str(number % hosts) for number in range(2)]
    for home in homes:
        home.mkdir(exist_ok=True)
    workers = [a_worker(NORDLYS, PostingStatus.FINALISED, 12, home=str(home)) for home in homes]
    assert [process.communicate()[0].count("account.move,") for process in workers] == [12, 12]
    assert sorted(move.reference for move in read_records(lab, NORDLYS)) == sorted(map(reference, range(12)))
    assert {move.state for move in read_records(lab, NORDLYS)} == {"posted"}
    assert query(lab, "SELECT count(DISTINCT number) FROM account_move") == [(12,)]


def test_posting_waits_for_the_companys_lane_and_the_draft_does_not(lab):
    company = build_settings(lab, NORDLYS)
    finalised = open_tryton(lab, NORDLYS, PostingStatus.FINALISED)
    with ThreadPoolExecutor(1) as worker:
        with host_lock(host_lock_name(company)):
            recording = worker.submit(finalised.record, a_purchase(1), reference(1), ())
            while not read_records(lab, NORDLYS):
                assert not recording.done()
            open_tryton(lab, NORDLYS, PostingStatus.DRAFT).record(a_purchase(2), reference(2), ())
            assert {move.state for move in read_records(lab, NORDLYS)} == {"draft"}
        assert recording.result().posting is PostingStatus.FINALISED


def test_a_stopped_server_is_unreachable_and_a_started_one_goes_on(lab, tryton):
    tryton.record(a_purchase(1), reference(1), ())
    lab.stop()
    for call in (
        tryton.check,
        lambda: tryton.find(reference(1)),
        lambda: tryton.record(a_purchase(2), reference(2), ()),
    ):
        with pytest.raises(AccountingSystemUnreachable):
            call()
    lab.start()
    assert tryton.find(reference(1))
    tryton.record(a_purchase(2), reference(2), ())
    assert len(read_records(lab, NORDLYS)) == 2


def test_files_that_tryton_will_not_take_in_one_request_are_a_refusal(lab, wire):
    tryton = over(wire, lab)
    tryton.check()
    wire.add_fault("POST", "account.move", Fault.TOO_LARGE)
    with pytest.raises(ReceiptsTooLarge, match="128 MB"):
        tryton.record(a_purchase(1), reference(1), some_files(1))
    assert read_records(lab, NORDLYS) == []
