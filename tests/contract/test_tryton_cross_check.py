"""The same export job, from Pleo to the books, gives the same balances in Tryton and in beancount."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import psycopg
from beancount import loader
from beancount.core.data import Open, Transaction
from support.builders.services import an_office
from support.tryton_lab.company import open_tryton, running_lab

from integration.accounting import AccountingSystem
from integration.accounting.beancount.adapter import Beancount
from integration.configuration.connection import PostingStatus
from integration.outcome import Recorded
from integration.sandbox.world.sample_nordlys import NORDLYS
from tasks.demo.ledger import write_chart

ITEMS = 24

#: By account number and month.
Balances = Mapping[tuple[str, str], Decimal]


def test_a_job_gives_every_account_and_month_the_same_balance_in_both_systems(tmp_path):
    lab = running_lab()
    lab.empty("nordlys")
    write_chart(NORDLYS, tmp_path / "ledger")
    export_into(open_tryton(lab, "nordlys", PostingStatus.FINALISED), tmp_path / "tryton")
    export_into(Beancount(tmp_path / "ledger", posting=PostingStatus.FINALISED), tmp_path / "beancount")
    tryton = balances_in_tryton(lab.server("nordlys"))
    assert tryton == balances_in_beancount(tmp_path / "ledger")
    assert sum(tryton.values()) == 0
    assert len({account for account, _ in tryton}) > 10
    assert len({month for _, month in tryton}) > 1


def export_into(system: AccountingSystem, directory: Path, items: int = ITEMS) -> None:
    """The same job each time: the sandbox's chance has a seed and its clock stands still."""
    directory.mkdir()
    with an_office(directory) as office:
        office.desk = replace(office.desk, system=system)
        job = office.press_export(office.expenses(items))
        office.export(job)
        outcomes = [item.outcome for item in office.desk.logbook.items.of(job)]
    assert [type(outcome) for outcome in outcomes] == [Recorded] * items


def balances_in_tryton(url: str) -> Balances:
    """What is posted, read by SQL."""
    with psycopg.connect(url) as db:
        rows = db.execute(
            "SELECT a.code, to_char(m.date, 'YYYY-MM'), sum(l.debit - l.credit) FROM account_move_line l "
            "JOIN account_move m ON m.id = l.move JOIN account_account a ON a.id = l.account "
            "WHERE m.state = 'posted' GROUP BY 1, 2"
        )
        return {(account, month): balance for account, month, balance in rows if balance}


def balances_in_beancount(directory: Path) -> Balances:
    """What beancount itself reads."""
    entries, errors, _ = loader.load_file(str(directory / "main.beancount"))
    assert errors == []
    numbers = {entry.account: entry.meta["code"] for entry in entries if isinstance(entry, Open)}
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in entries:
        if isinstance(entry, Transaction):
            for leg in entry.postings:
                sums[numbers[leg.account], f"{entry.date:%Y-%m}"] += leg.units.number
    return {key: balance for key, balance in sums.items() if balance}
