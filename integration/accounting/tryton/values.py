"""Vouchers as the values of Tryton's records: a move, or an invoice that somebody has yet to pay.

A bill that stays open becomes a supplier invoice, or with a total below zero a credit note, so that Tryton can pay it;
Tryton makes its move when it is posted. Everything else is a move: what is paid at once, payments, journal entries.
Pleo's tax figures are kept to the coin: an invoice's taxes are written as «manual».
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from integration.accounting.tryton.books import Books
from integration.accounting.tryton.rows import PartyRow
from integration.bookkeeping.vouchers import Posting, Side, Voucher, VoucherKind
from integration.errors.items import PeriodClosed, RejectedByAccountingSystem

RecordValues = dict[str, object]

OPEN_BILLS = frozenset({VoucherKind.SUPPLIER_INVOICE, VoucherKind.CREDIT_NOTE})


def is_invoice(voucher: Voucher, books: Books) -> bool:
    """One leg is owed to a vendor with an address, and what it is for stands on expense accounts."""
    owed, rest = _split_off_owed(voucher, books)
    party = books.parties[voucher.vendor.code] if voucher.vendor else None
    return (
        voucher.kind in OPEN_BILLS
        and len(owed) == 1
        and party is not None
        and bool(party.addresses)
        and books.invoice_journal is not None
        and all(books.accounts[leg.account].type.expense or _is_tax(leg) for leg in rest)
    )


def _build_move_values(voucher: Voucher, books: Books, amounts: Sequence[Decimal]) -> RecordValues:
    """`amounts` are the legs' in the company's currency, signed."""
    period = books.find_period(voucher.date)
    if period is None:
        raise PeriodClosed(date=voucher.date)
    lines = [_build_line(leg, amount, voucher, books) for leg, amount in zip(voucher.postings, amounts, strict=True)]
    return {
        "company": books.company,
        "journal": books.journal,
        "period": period.id,
        "date": voucher.date,
        "lines": [["create", lines]],
    }


def _build_line(leg: Posting, amount: Decimal, voucher: Voucher, books: Books) -> RecordValues:
    account = books.accounts[leg.account]
    line: RecordValues = _debit_and_credit(amount) | {"account": account.id, "description": leg.text or None}
    if account.party_required:
        line["party"] = _get_party(voucher, books).id
    if leg.tax:
        traced = {"type": leg.tax.part, "amount": amount, "tax": _find_tax_id(leg.tax.code, amount, voucher, books)}
        line["tax_lines"] = [["create", [traced]]]
    if leg.dimensions:
        lines = [
            _debit_and_credit(amount) | {"account": one, "date": voucher.date}
            for _, one in _find_dimension_ids(leg, books)
        ]
        line["analytic_lines"] = [["create", lines]]
    return line | _build_second_currency(leg, voucher, books)


def _debit_and_credit(amount: Decimal) -> RecordValues:
    return {"debit": max(amount, Decimal(0)), "credit": max(-amount, Decimal(0))}


def _build_second_currency(leg: Posting, voucher: Voucher, books: Books) -> RecordValues:
    """The voucher's own where the company keeps another; else what the supplier asked for, on the leg that paid it."""
    if voucher.currency != books.currency.code:
        return _second_currency_values(voucher.currency, leg.signed, books)
    original = voucher.original
    if original is None or not original.amount or original.currency not in books.currencies:
        return {}
    if leg not in _find_paying_postings(voucher, books) or books.accounts[leg.account].second_currency is not None:
        return {}
    return _second_currency_values(original.currency, original.amount.copy_sign(leg.signed), books)


def _find_paying_postings(voucher: Voucher, books: Books) -> list[Posting]:
    """On each side the leg that is its whole sum: the only one without a tax that is not owed to a party."""
    whole = [leg for leg in voucher.postings if not leg.tax and not books.accounts[leg.account].party_required]
    return [leg for leg in whole if [other.side for other in whole].count(leg.side) == 1]


def _second_currency_values(code: str, amount: Decimal, books: Books) -> RecordValues:
    return {"second_currency": books.currencies[code].id, "amount_second_currency": amount}


def _build_invoice_values(voucher: Voucher, books: Books) -> RecordValues:
    """Total and move are computed by Tryton; what is owed is the lines and the taxes together."""
    (owed,), rest = _split_off_owed(voucher, books)
    party = _get_party(voucher, books)
    terms = voucher.invoice
    return {
        "company": books.company,
        "type": "in",
        "party": party.id,
        "invoice_address": party.addresses[0],
        "journal": books.invoice_journal,
        "account": books.accounts[owed.account].id,
        "currency": books.currencies[voucher.currency].id,
        "invoice_date": terms.issued if terms else voucher.date,
        "accounting_date": voucher.date,
        "payment_term_date": (terms.due or terms.issued) if terms else voucher.date,
        "reference": terms.number if terms else None,
        "lines": [["create", [_build_invoice_line(leg, voucher, books) for leg in rest if not _is_tax(leg)]]],
        "taxes": [["create", _build_invoice_taxes(voucher, books)]],
    }


def _build_invoice_line(leg: Posting, voucher: Voucher, books: Books) -> RecordValues:
    line: RecordValues = {
        "type": "line",
        "company": books.company,
        "currency": books.currencies[voucher.currency].id,
        "invoice_type": "in",
        "account": books.accounts[leg.account].id,
        "quantity": 1.0 if leg.side is Side.DEBIT else -1.0,
        "unit_price": leg.amount,
        "description": leg.text or None,
    }
    if leg.dimensions:
        entries = [{"root": root, "account": account} for root, account in _find_dimension_ids(leg, books)]
        line["analytic_accounts"] = [["create", entries]]
    return line


def _build_invoice_taxes(voucher: Voucher, books: Books) -> list[RecordValues]:
    """One for each tax and account, since each has the whole base."""
    sums: dict[tuple[str, str], Decimal] = {}
    for leg in voucher.postings:
        if leg.tax and leg.tax.part == "tax":
            key = (leg.tax.code, leg.account)
            sums[key] = sums.get(key, Decimal(0)) + leg.signed
    return [_build_invoice_tax(code, account, amount, voucher, books) for (code, account), amount in sums.items()]


def _build_invoice_tax(code: str, account: str, amount: Decimal, voucher: Voucher, books: Books) -> RecordValues:
    return {
        "manual": True,
        "description": code,
        "account": books.accounts[account].id,
        "tax": _find_tax_id(code, amount, voucher, books),
        "base": _sum_base(code, voucher).copy_sign(amount),
        "amount": amount,
    }


def _split_off_owed(voucher: Voucher, books: Books) -> tuple[tuple[Posting, ...], tuple[Posting, ...]]:
    """The legs on accounts where vendors are owed, and the others."""
    owed = tuple(leg for leg in voucher.postings if books.accounts[leg.account].type.payable)
    return owed, tuple(leg for leg in voucher.postings if leg not in owed)


def _get_party(voucher: Voucher, books: Books) -> PartyRow:
    if voucher.vendor is None:
        raise ValueError("refused before")
    return books.parties[voucher.vendor.code]


def _is_tax(leg: Posting) -> bool:
    return leg.tax is not None and leg.tax.part == "tax"


def _sum_base(code: str, voucher: Voucher) -> Decimal:
    bases = (leg.signed for leg in voucher.postings if leg.tax and leg.tax.part == "base" and leg.tax.code == code)
    return sum(bases, Decimal(0))


def _find_tax_id(code: str, amount: Decimal, voucher: Voucher, books: Books) -> int:
    """With reverse charge the leg on the side that is not the base's is the output tax."""
    tax = books.taxes[code]
    same_side = amount.is_signed() == _sum_base(code, voucher).is_signed()
    return tax.input if same_side else tax.output


def _find_dimension_ids(leg: Posting, books: Books) -> list[tuple[int, int]]:
    return [books.dimensions[one.name, one.value] for one in leg.dimensions]


def convert_to_company_currency(voucher: Voucher, books: Books, rates: Mapping[str, Decimal]) -> list[Decimal]:
    """The legs at Tryton's rate of the day; what rounding leaves is borne by the largest, so that it balances."""
    if voucher.currency == books.currency.code:
        return [leg.signed for leg in voucher.postings]
    try:
        rate = rates[books.currency.code] / rates[voucher.currency]
    except KeyError:
        raise RejectedByAccountingSystem(answer=f"it has no rate of {voucher.currency} for {voucher.date}") from None
    minor_unit = Decimal(1).scaleb(-books.currency.digits)
    amounts = [(leg.signed * rate).quantize(minor_unit) for leg in voucher.postings]
    largest = max(range(len(amounts)), key=lambda place: abs(amounts[place]))
    amounts[largest] -= sum(amounts)
    return amounts


def build_record(voucher: Voucher, books: Books, rates: Mapping[str, Decimal]) -> tuple[str, RecordValues]:
    """Tryton's name of the kind of record, and its values."""
    if is_invoice(voucher, books):
        return "account.invoice", _build_invoice_values(voucher, books)
    return "account.move", _build_move_values(voucher, books, convert_to_company_currency(voucher, books, rates))
