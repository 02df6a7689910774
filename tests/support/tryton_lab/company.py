"""Companies of the lab as tests use them: opened by the adapter, and read by SQL to see what stands.

Run as a program, this module is a worker process: `company.py COMPANY POSTING COUNT [URL]`.
"""

import sys
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any

import psycopg
from conftest import skip_or_fail
from pydantic import SecretStr
from support.builders.vouchers import reference, some_files
from support.tryton_lab.bills import a_purchase
from support.tryton_lab.lab import Lab, get_lab

from integration.accounting.tryton.adapter import Tryton
from integration.configuration.connection import PostingStatus, TrytonCompany


@dataclass(frozen=True)
class RecordInTryton:
    """A move or an invoice as PostgreSQL has it."""

    reference: str
    state: str
    day: date
    description: str
    note: str
    legs: tuple[tuple[str, Decimal], ...]
    files: tuple[str, ...]

    def find_note_text(self, name: str) -> str:
        """What the note says under this name."""
        lines = dict(line.split(": ", 1) for line in self.note.splitlines())
        return lines.get(name, "")


@cache
def running_lab() -> Lab:
    """Started if it does not run; it is left running, since that takes longer than most tests."""
    lab = get_lab()
    if not lab.is_built():
        skip_or_fail("Tryton (make tryton)")
    lab.start()
    return lab


def build_settings(lab: Lab, name: str, **more: object) -> TrytonCompany:
    settings = {
        "url": lab.url,
        "database": lab.database(name),
        "company": lab.company_name(name),
        "journal": "PLEO",
        "key_env": "TRYTON_KEY",
        "max_request_mb": 128,
    }
    return TrytonCompany.model_validate(settings | more)


def open_tryton(
    lab: Lab, name: str, posting: PostingStatus = PostingStatus.DRAFT, key: str = "key", **more: object
) -> Tryton:
    secret = SecretStr(lab.keys(name).get(key, key))
    return Tryton(build_settings(lab, name, **more), secret, posting=posting)


def read_records(lab: Lab, company: str, model: str = "account_move") -> list[RecordInTryton]:
    """Every move that no invoice made, or every invoice, by id."""
    day = "date" if model == "account_move" else "accounting_date"
    known_by = "external_id" if company != "bare" else "null"
    made = f"SELECT id, {known_by}, state, {day}, coalesce(description, '') FROM {model}"
    own = "WHERE coalesce(origin, '') NOT LIKE 'account.invoice,%'" if model == "account_move" else ""
    with psycopg.connect(lab.server(company)) as db:
        return [_read_record(db, model, row) for row in db.execute(f"{made} {own} ORDER BY id").fetchall()]


def _read_record(db: psycopg.Connection, model: str, row: tuple[Any, ...]) -> RecordInTryton:
    number, reference, state, day, text = row
    resource = f"{model.replace('_', '.')},{number}"
    notes = db.execute("SELECT message FROM ir_note WHERE resource = %s", (resource,)).fetchall()
    files = db.execute("SELECT data FROM ir_attachment WHERE resource = %s ORDER BY name", (resource,)).fetchall()
    if reference is None:
        text, _, rest = text.rpartition("[pleo:")
        text, reference = text.rstrip(), rest.removesuffix("]")
    return RecordInTryton(
        reference=reference,
        state=state,
        day=day,
        description=text,
        note="\n".join(message for (message,) in notes),
        legs=legs(db, number) if model == "account_move" else (),
        files=tuple(sha256(content).hexdigest() for (content,) in files),
    )


def legs(db: psycopg.Connection, move: int) -> tuple[tuple[str, Decimal], ...]:
    lines = "SELECT a.code, l.debit - l.credit FROM account_move_line l JOIN account_account a ON a.id = l.account"
    return tuple(db.execute(f"{lines} WHERE l.move = %s ORDER BY l.id", (move,)).fetchall())


if __name__ == "__main__":
    company, posting, count, url = sys.argv[1:]
    opened = open_tryton(running_lab(), company, PostingStatus(posting), **{"url": url} if url else {})
    for number in range(int(count)):
        sys.stdout.write(f"{opened.record(a_purchase(number), reference(number), some_files(number)).voucher_id}\n")
