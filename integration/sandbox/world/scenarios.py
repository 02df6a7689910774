"""Worlds to export from: the same seed gives the same expenses."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from integration.pleo.models import ExportItem, ItemType
from integration.sandbox.clock import Clock, utc_now
from integration.sandbox.faults.strictness import Strictness
from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.bad_expenses import build_bad_expense
from integration.sandbox.world.companies import Company
from integration.sandbox.world.drafting import ItemGenerator
from integration.sandbox.world.expenses import Expense, Flaw
from integration.sandbox.world.sample_harbour import HARBOUR
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.seeded_random import SeededRandom
from integration.sandbox.world.spending import build_expense

#: Commonest first; every type comes once before any comes twice.
TYPE_WEIGHTS = {
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


def build_valid_expenses(rng: Random, company: Company, n: int, *, now: datetime | None = None) -> list[Expense]:
    """Expenses that can all be recorded."""
    return _shuffle(rng, _build_valid_expenses(ItemGenerator(rng, company, now or utc_now()), n))


def build_expenses_with_refusals(
    rng: Random, company: Company, n: int, *, flaws: Sequence[Flaw] = tuple(Flaw), now: datetime | None = None
) -> list[Expense]:
    """One expense for each of the reasons, in the midst of others that are right; `n` in all."""
    generator = ItemGenerator(rng, company, now or utc_now())
    bad = [build_bad_expense(generator, flaw) for flaw in flaws[:n]]
    return _shuffle(rng, bad + _build_valid_expenses(generator, n - len(bad)))


def build_failing_expenses(rng: Random, company: Company, n: int, *, now: datetime | None = None) -> list[Expense]:
    """None can be recorded, all for the same reason: an account that is not in the chart."""
    generator = ItemGenerator(rng, company, now or utc_now())
    return [build_bad_expense(generator, Flaw.ACCOUNT_NOT_IN_CHART) for _ in range(n)]


def many(rng: Random, company: Company, n: int, *, now: datetime | None = None) -> list[Expense]:
    """Card purchases of one kind without files, made quickly."""
    generator = ItemGenerator(rng, company, now or utc_now())
    pattern = build_expense(generator, ItemType.CARD_PURCHASE).item
    return [Expense(_copy(generator, pattern)) for _ in range(n)]


def _copy(generator: ItemGenerator, item: ExportItem) -> ExportItem:
    lines = (
        line.model_copy(update={"accounting_entry_line_id": generator.id()}) for line in item.accounting_entry_lines
    )
    about = item.additional_information.model_copy(update={"reconciliation_id": generator.reconciliation_id()})
    ids = {
        "accounting_entry_id": generator.id(),
        "accounting_entry_lines": tuple(lines),
        "additional_information": about,
    }
    return item.model_copy(update={**ids, "files": None})


def build_seeded_sandbox(
    *, seed: int = 0, clock: Clock = utc_now, strictness: Strictness | None = None, expenses: int = DEMO_EXPENSES
) -> Sandbox:
    """Two companies of different currencies: one with expenses that will be refused, one where all is right."""
    rng, sandbox = SeededRandom(seed), Sandbox(clock=clock, strictness=strictness)
    for company in DEMO_COMPANIES:
        sandbox.add_company(company)
    sandbox.add_expenses(NORDLYS.id, build_expenses_with_refusals(rng, NORDLYS, expenses, now=clock()))
    sandbox.add_expenses(HARBOUR.id, build_valid_expenses(rng, HARBOUR, expenses, now=clock()))
    return sandbox


def _build_valid_expenses(generator: ItemGenerator, n: int) -> list[Expense]:
    types = [*TYPE_WEIGHTS][:n]
    types += generator.rng.choices([*TYPE_WEIGHTS], [*TYPE_WEIGHTS.values()], k=n - len(types))
    return [build_expense(generator, item_type) for item_type in types]


def _shuffle(rng: Random, expenses: list[Expense]) -> list[Expense]:
    return rng.sample(expenses, k=len(expenses))
