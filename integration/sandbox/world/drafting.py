"""The parts that every export item has, drawn from a company's own chart, people and tags."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from uuid import NAMESPACE_URL, UUID, uuid5

from integration.pleo.models import Account, Amount, ExportItem, File, Line, Links, Supplier, Tag, Vendor
from integration.sandbox.world.amounts import apply_tax, build_amount, split_amount
from integration.sandbox.world.companies import Company, Merchant, TagGroup, TaxCode
from integration.sandbox.world.expenses import Receipt
from integration.sandbox.world.receipts import MEDIA_TYPES, receipt

MAX_AGE = timedelta(days=35)
SPLIT_ONE_IN = 6
SECOND_FILE_ONE_IN = 7


class ItemGenerator:
    """What chance gives for one company; `now` is the latest that anything can have happened."""

    def __init__(self, rng: Random, company: Company, now: datetime) -> None:
        self.rng = rng
        self.company = company
        self.now = now.replace(microsecond=0)
        self._reconciliation_ids = count(rng.randrange(1_000_000, 9_000_000))

    def id(self) -> UUID:
        """Random, repeatable."""
        return UUID(int=self.rng.getrandbits(128), version=4)

    def date(self) -> datetime:
        """Some time in the last weeks."""
        return self.now - timedelta(seconds=self.rng.randrange(3600, int(MAX_AGE.total_seconds())))

    def reconciliation_id(self) -> str:
        """Pleo's «book ID», a running number."""
        return str(next(self._reconciliation_ids))

    def one_in(self, times: int) -> bool:
        """True once in so many times."""
        return self.rng.randrange(times) == 0

    def links(self, entry: UUID) -> Links:
        """Where Pleo would show it."""
        return Links(web={"exportItem": f"https://app.pleo.example/expense/{entry}"}, mobile={}, api={})

    def account(self, number: str) -> Account:
        """The same ids for the same account, as often as it is named."""
        name = self.company.account(number).name
        return Account(id=self._build_id("account", number), name=name, code=number, identifier=f"ext-{number}")

    def wallet(self) -> Account:
        """The contra account that mirrors the Pleo account."""
        if self.company.accounts.wallet is None:
            raise LookupError(f"{self.company.name} has no wallet account")
        return self.account(self.company.accounts.wallet)

    def tax_code(self, code: str) -> TaxCode:
        """Raises `KeyError` for a code that is not the company's."""
        return {tax_code.code: tax_code for tax_code in self.company.tax_codes}[code]

    def tags(self) -> tuple[Tag, ...]:
        """Of every group at most one."""
        groups = [group for group in self.company.tag_groups if not self.one_in(3)]
        return tuple(self._choose_tag(group) for group in groups)

    def _choose_tag(self, group: TagGroup) -> Tag:
        code = self.rng.choice(group.tags)
        return Tag(id=self._build_id(group.code, code), code=code, group_code=group.code)

    def wallet_amount(self, minimum: int, maximum: int, step: int = 1) -> Amount:
        """Hundredths of the wallet's currency, both included."""
        price = self.rng.randrange(minimum, maximum + 1, step)
        return build_amount(price, self.company.currency, self.company.currency, Decimal(1))

    def price(self, merchant: Merchant) -> Amount:
        """What the merchant takes, in the currency it sells in."""
        currency = merchant.currency or self.company.currency
        rate = self.company.market.rates.get(currency, Decimal(1))
        return build_amount(self.rng.randint(*merchant.prices), currency, self.company.currency, rate)

    def simple_line(self, amount: Amount, number: str | None = None) -> Line:
        """Without tax and tags."""
        account = self.account(number) if number else None
        return Line(accounting_entry_line_id=self.id(), line_amount=amount, net_amount=amount, account=account)

    def lines(self, amount: Amount, merchant: Merchant) -> tuple[Line, ...]:
        """One, or two where the expense was split between tags."""
        parts: Sequence[Amount] = (amount,)
        if self.one_in(SPLIT_ONE_IN):
            parts = split_amount(amount, Decimal(self.rng.randrange(20, 80)) / 100)
        return tuple(self._build_taxed_line(part, merchant) for part in parts)

    def _build_taxed_line(self, amount: Amount, merchant: Merchant) -> Line:
        net, tax = apply_tax(amount, self.tax_code(merchant.tax_code), self._build_id("tax", merchant.tax_code))
        return Line(
            accounting_entry_line_id=self.id(),
            line_amount=amount,
            net_amount=net,
            account=self.account(merchant.account),
            tags=self.tags(),
            tax=tax,
        )

    def vendor(self, code: str) -> Vendor:
        """Raises `KeyError` for a code that is not the company's."""
        return {vendor.code: vendor for vendor in self.company.vendors}[code]

    def supplier(self, merchant: Merchant) -> Supplier:
        """As the card network names it."""
        tax_number = self.vendor(merchant.vendor).tax_registration_number if merchant.vendor else None
        return Supplier(
            name=merchant.name,
            country=merchant.country,
            category_code=merchant.category_code,
            code=merchant.vendor,
            tax_identifier=tax_number,
        )

    def receipts(self, item: ExportItem, merchant: Merchant, kinds: Sequence[str]) -> tuple[Receipt, ...]:
        """One for each kind, in order."""
        price = item.amount.in_supplier_currency
        words = [merchant.name, f"{item.date:%Y-%m-%d}", f"{price.amount:,.2f} {price.currency}"]
        return tuple(
            receipt(f"{item.accounting_entry_id}-{page}", kind, [*words, f"Page {page} of {len(kinds)}"])
            for page, kind in enumerate(kinds, start=1)
        )

    def kinds(self) -> list[str]:
        """Mostly a photograph, at times a second file."""
        return self.rng.choices([*MEDIA_TYPES], [5, 2, 3], k=2 if self.one_in(SECOND_FILE_ONE_IN) else 1)

    def _build_id(self, kind: str, code: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"{self.company.id}/{kind}/{code}")


def build_files(receipts: Sequence[Receipt]) -> tuple[File, ...] | None:
    """The names stand for the URLs until the item is fetched."""
    return tuple(File(url=each.name, type=each.media_type, size=len(each.content)) for each in receipts) or None
