"""Worlds to export from: the same seed gives the same expenses."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from integration.pleo.models import ExportItem, ItemType
from integration.sandbox.clock import Clock, utc_now
from integration.sandbox.faults.strictness import Strictness
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.bad_expenses import flawed
from integration.sandbox.world.companies import Company
from integration.sandbox.world.drafting import Draft
from integration.sandbox.world.expenses import Expense, Flaw
from integration.sandbox.world.sample_harbour import HARBOUR
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.seeded_random import Chance
from integration.sandbox.world.spending import spend

#: Commonest first; every type comes once before any comes twice.
HOW_OFTEN = {
    ItemType.CARD_PURCHASE: 40,
    ItemType.OUT_OF_POCKET: 10,
    ItemType.INVOICE: 8,
    ItemType.INVOICE_PAYMENT: 6,
    ItemType.FEE: 5,
    ItemType.MILEAGE: 5,
    ItemType.REFUND: 4,
    ItemType.DIRECT_REIMBURSEMENT: 4,
    ItemType.PER_DIEM: 3,
    ItemType.WALLET_TOPUP: 2,
    ItemType.PERSONAL_SPEND: 2,
    ItemType.CASHBACK: 2,
    ItemType.ATM_WITHDRAWAL: 2,
    ItemType.EXTERNAL_REIMBURSEMENT: 2,
    ItemType.CARD_INVOICE: 1,
    ItemType.CHARGEBACK: 1,
    ItemType.WALLET_UNLOAD: 1,
}
DEMO_COMPANIES = (NORDLYS, HARBOUR)
DEMO_EXPENSES = 40


def all_right(chance: Random, company: Company, n: int, *, now: datetime | None = None) -> list[Expense]:
    """Expenses that can all be recorded."""
    return _shuffled(chance, _all_right(Draft(chance, company, now or utc_now()), n))


def with_refusals(
    chance: Random, company: Company, n: int, *, whys: Sequence[Flaw] = tuple(Flaw), now: datetime | None = None
) -> list[Expense]:
    """One expense for each of the reasons, in the midst of others that are right; `n` in all."""
    draft = Draft(chance, company, now or utc_now())
    bad = [flawed(draft, why) for why in whys[:n]]
    return _shuffled(chance, bad + _all_right(draft, n - len(bad)))


def all_failing(chance: Random, company: Company, n: int, *, now: datetime | None = None) -> list[Expense]:
    """None can be recorded, all for the same reason: an account that is not in the chart."""
    draft = Draft(chance, company, now or utc_now())
    return [flawed(draft, Flaw.ACCOUNT_NOT_IN_CHART) for _ in range(n)]


def many(chance: Random, company: Company, n: int, *, now: datetime | None = None) -> list[Expense]:
    """Card purchases of one kind without files, made quickly."""
    draft = Draft(chance, company, now or utc_now())
    pattern = spend(draft, ItemType.CARD_PURCHASE).item
    return [Expense(_copy(draft, pattern)) for _ in range(n)]


def _copy(draft: Draft, item: ExportItem) -> ExportItem:
    lines = (line.model_copy(update={"accounting_entry_line_id": draft.id()}) for line in item.accounting_entry_lines)
    about = item.additional_information.model_copy(update={"reconciliation_id": draft.reconciliation_id()})
    ids = {"accounting_entry_id": draft.id(), "accounting_entry_lines": tuple(lines), "additional_information": about}
    return item.model_copy(update={**ids, "files": None})


def seeded_sandbox(
    *, seed: int = 0, clock: Clock = utc_now, strictness: Strictness | None = None, expenses: int = DEMO_EXPENSES
) -> Sandbox:
    """Two companies of different currencies: one with expenses that will be refused, one where all is right."""
    chance, sandbox = Chance(seed), Sandbox(clock=clock, strictness=strictness)
    for company in DEMO_COMPANIES:
        sandbox.add_company(company)
    sandbox.add_expenses(NORDLYS.id, with_refusals(chance, NORDLYS, expenses, now=clock()))
    sandbox.add_expenses(HARBOUR.id, all_right(chance, HARBOUR, expenses, now=clock()))
    return sandbox


def _all_right(draft: Draft, n: int) -> list[Expense]:
    types = [*HOW_OFTEN][:n]
    types += draft.chance.choices([*HOW_OFTEN], [*HOW_OFTEN.values()], k=n - len(types))
    return [spend(draft, item_type) for item_type in types]


def _shuffled(chance: Random, expenses: list[Expense]) -> list[Expense]:
    return chance.sample(expenses, k=len(expenses))
