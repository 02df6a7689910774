"""A Tryton without our module: known by its description, step by step, and each step only once."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal

import pytest
from support.builders.vouchers import WALLET, a_voucher, reference, some_files
from support.tryton_lab.company import open_tryton, read_records, running_lab
from support.tryton_lab.lab import Lab
from support.tryton_lab.wire import Fault, Wire, a_wire

from integration.configuration.connection import PostingStatus
from integration.errors import OutcomeUnknown

BARE = "bare"


@pytest.fixture
def lab() -> Lab:
    running_lab().empty(BARE)
    return running_lab()


@pytest.fixture
def wire(lab: Lab) -> Iterator[Wire]:
    with a_wire(lab.url) as between:
        yield between


@pytest.mark.parametrize(("company", "said"), [(BARE, "is not installed"), ("contract", "is installed")])
def test_the_log_says_whether_the_module_is_there(lab, caplog, company, said):
    caplog.set_level(logging.INFO)
    tryton = open_tryton(lab, company)
    tryton.check()
    assert said in caplog.text
    assert tryton.capabilities.own_idempotency_key is (company != BARE)


@pytest.mark.parametrize("posting", PostingStatus)
def test_a_voucher_stands_once_with_its_texts_and_files(lab, posting):
    recorded = open_tryton(lab, BARE, posting).record(a_voucher(), reference(1), some_files(1))
    again = open_tryton(lab, BARE, posting).record(a_voucher(), reference(1), some_files(1))
    assert recorded == again == open_tryton(lab, BARE).find(reference(1))
    (move,) = read_records(lab, BARE)
    assert recorded.posting is posting
    assert (move.reference, move.description) == (reference(1), "Lunch with a customer")
    assert move.find_note_text("Payee") == "Nordic Coffee"
    assert move.legs == (("7010", Decimal("100.00")), (WALLET, Decimal("-100.00")))
    assert move.files == tuple(file.sha256 for file in some_files(1))


@pytest.mark.parametrize("step", ["ir.attachment", "post", "ir.note"])
@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER])
def test_what_was_cut_off_is_not_found_and_is_finished_by_recording_again(lab, wire, step, fault):
    cut_off = open_tryton(lab, BARE, PostingStatus.FINALISED, url=wire.url)
    wire.add_fault("POST", step, fault, times=6)
    with suppress(OutcomeUnknown):  # posting is read back, so a lost answer does no harm there
        cut_off.record(a_voucher(), reference(1), some_files(1))
    finished = open_tryton(lab, BARE, PostingStatus.FINALISED).record(a_voucher(), reference(1), some_files(1))
    assert finished.posting is PostingStatus.FINALISED
    (move,) = read_records(lab, BARE)
    assert (move.state, move.find_note_text("Payee"), len(move.files)) == ("posted", "Nordic Coffee", 2)


def test_a_draft_without_its_note_is_not_complete(lab, wire):
    cut_off = open_tryton(lab, BARE, PostingStatus.DRAFT, url=wire.url)
    wire.add_fault("POST", "ir.note", Fault.LOST_BEFORE)
    with pytest.raises(OutcomeUnknown):
        cut_off.record(a_voucher(), reference(1), ())
    assert cut_off.find(reference(1)) is None
    assert len(read_records(lab, BARE)) == 1


def test_a_create_whose_answer_is_lost_is_not_repeated_blindly(lab, wire):
    cut_off = open_tryton(lab, BARE, url=wire.url)
    wire.add_fault("POST", "account.move", Fault.LOST_AFTER)
    with pytest.raises(OutcomeUnknown):
        cut_off.record(a_voucher(), reference(1), ())
    cut_off.record(a_voucher(), reference(1), ())
    assert len(read_records(lab, BARE)) == 1


def test_workers_of_one_host_take_turns(lab):
    def record_all(_: int) -> int:
        tryton = open_tryton(lab, BARE)
        return len([tryton.record(a_voucher(number), reference(number), some_files(number)) for number in range(4)])

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(record_all, range(3))) == [4, 4, 4]
    assert sorted(move.reference for move in read_records(lab, BARE)) == sorted(map(reference, range(4)))
    assert all(len(move.files) == 2 for move in read_records(lab, BARE))
