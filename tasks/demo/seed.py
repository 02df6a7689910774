"""What the demo exports: two companies and the jobs their users press Export for.

The same seed gives the same expenses, so the sandbox's process and the demo's agree on every id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from integration.sandbox.state.rules import Sandbox
from integration.sandbox.world.companies import Company
from integration.sandbox.world.expenses import Expense
from integration.sandbox.world.sample_harbour import HARBOUR
from integration.sandbox.world.sample_nordlys import NORDLYS
from integration.sandbox.world.scenarios import (
    build_expenses_with_refusals,
    build_failing_expenses,
    build_valid_expenses,
)
from integration.sandbox.world.seeded_random import SeededRandom

SEED: Final = 2026
COMPANIES: Final = (NORDLYS, HARBOUR)
FEW: Final = 4


@dataclass(frozen=True, slots=True)
class Batch:
    """The expenses that one press of Export takes along."""

    company: Company
    title: str
    expenses: Sequence[Expense]

    @property
    def entries(self) -> tuple[UUID, ...]:
        """Their accounting entry ids."""
        return tuple(expense.item.accounting_entry_id for expense in self.expenses)


def batches(items: int) -> list[Batch]:
    """In the order in which each company exports them."""
    rng = SeededRandom(SEED)
    return [
        Batch(HARBOUR, "all is right", build_valid_expenses(rng, HARBOUR, items)),
        Batch(NORDLYS, "some are refused", build_expenses_with_refusals(rng, NORDLYS, items)),
        Batch(NORDLYS, "all are refused", build_failing_expenses(rng, NORDLYS, min(FEW, items))),
        Batch(HARBOUR, "nothing in it", ()),
    ]


def sandbox_with(waiting: list[Batch]) -> Sandbox:
    """A local Pleo where these expenses wait for Export."""
    sandbox = Sandbox()
    for company in COMPANIES:
        sandbox.add_company(company)
    for batch in waiting:
        sandbox.add_expenses(batch.company.id, batch.expenses)
    return sandbox
