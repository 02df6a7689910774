"""Harbour & Finch Ltd of Bristol: boat builders, books in pounds sterling."""

from decimal import Decimal
from uuid import UUID

from integration.configuration.connection import Accounts
from integration.pleo.models import TaxType
from integration.sandbox.world.companies import (
    AccountKind,
    Company,
    Market,
    Merchant,
    PurposeAccounts,
    TagGroup,
    TaxCode,
    chart,
    people,
    vendor,
)

_ACCOUNTS = {
    AccountKind.INCOME: {"4000": "Sales", "4900": "Cashback received"},
    AccountKind.EXPENSE: {
        "5000": "Materials purchased",
        "6200": "Advertising",
        "7100": "Rent and cleaning",
        "7400": "Travel",
        "7402": "Hotels",
        "7403": "Meals and entertainment",
        "7405": "Mileage allowance",
        "7406": "Subsistence",
        "7502": "Telephone and internet",
        "7504": "Office stationery",
        "7700": "Tools and small equipment",
        "7760": "Software",
        "7901": "Bank charges",
        "7903": "Interest",
    },
    AccountKind.ASSET: {
        "1150": "Owed by employees",
        "1200": "Bank",
        "1210": "Pleo wallet GBP",
        "1215": "Pleo clearing",
        "1230": "Petty cash",
        "2201": "Input VAT",
    },
    AccountKind.LIABILITY: {
        "2100": "Accounts payable",
        "2202": "Output VAT",
        "2215": "Owed to employees",
        "2216": "Reimbursed outside Pleo",
    },
}

_MERCHANTS = (
    Merchant("Quay Street Stationers", "GB", "5943", "7504", "T1", (480, 8_900), ("Drawing paper", "Printer ink")),
    Merchant("Mendip Tool Hire", "GB", "7394", "7700", "T1", (2_400, 31_500), ("Sander, two days", "Clamps")),
    Merchant("Great Western Coaches", "GB", "4131", "7400", "T0", (850, 14_600), ("To Plymouth and back",)),
    Merchant("The Anchor at Falmouth", "GB", "7011", "7402", "T1", (8_900, 31_200), ("Two nights, boat show",)),
    Merchant("Saltmarsh Kitchen", "GB", "5812", "7403", "T1", (1_850, 21_000), ("Lunch",), hosts_guests=True),
    Merchant("Severn Heat & Light", "GB", "4900", "7100", "T5", (6_500, 38_000), ("Workshop, fuel",)),
    Merchant("Tidewire", "GB", "4814", "7502", "T1", (2_900, 9_900), ("Phones, yard",), vendor="V-2004"),
    Merchant("Drafthull", "IE", "5734", "7760", "T8", (2_500, 48_000), ("Drawing software",), "EUR", "V-2003"),
    Merchant("Mastline Media", "US", "7311", "6200", "T8", (2_500, 39_900), ("Boat show advert",), "USD"),
)

_BILLS = (
    Merchant("Exmoor Timber Ltd", "GB", "5211", "5000", "T1", (48_000, 1_290_000), ("Oak, planed",), None, "V-2001"),
    Merchant("Bristol Marine Paints", "GB", "5198", "5000", "T1", (12_500, 240_000), ("Varnish",), None, "V-2002"),
    Merchant("Brightwater Cleaning", "GB", "7349", "7100", "T1", (18_000, 42_000), ("Cleaning",), None, "V-2005"),
)

HARBOUR = Company(
    id=UUID("c3f7d9b2-18e4-4f6c-8a05-7b2e94d1c6f8"),
    name="Harbour & Finch Ltd",
    country="GB",
    currency="GBP",
    api_key="sandbox-key-of-harbour",
    accounts=Accounts(
        wallet="1210",
        out_of_pocket="2215",
        contra="1215",
        accounts_payable="2100",
        external_reimbursement="2216",
        bank="1200",
    ),
    ledger_accounts=chart(_ACCOUNTS),
    tax_codes=(
        TaxCode("T1", "Standard rate 20 %", Decimal("0.2"), TaxType.INCLUSIVE, "2201"),
        TaxCode("T5", "Reduced rate 5 %", Decimal("0.05"), TaxType.INCLUSIVE, "2201"),
        TaxCode("T0", "Zero rate", Decimal(0), TaxType.INCLUSIVE, "2201"),
        TaxCode("T8", "Reverse charge 20 %", Decimal("0.2"), TaxType.REVERSE, "2201", "2202"),
    ),
    tag_groups=(
        TagGroup("COSTCENTRE", ("YARD", "DESIGN", "SALES")),
        TagGroup("BOAT", ("KITTIWAKE", "SHEARWATER")),
    ),
    vendors=(
        vendor("V-2001", "Exmoor Timber Ltd", "GB", "GBP", "GB204418873"),
        vendor("V-2002", "Bristol Marine Paints", "GB", "GBP", "GB311902645"),
        vendor("V-2003", "Drafthull", "IE", "EUR", "IE9710342T"),
        vendor("V-2004", "Tidewire", "GB", "GBP", "GB118276590"),
        vendor("V-2005", "Brightwater Cleaning", "GB", "GBP", "GB407551326"),
    ),
    employees=people("H", "Maeve Tolland", "Oscar Pym", "Priya Chandran"),
    teams=people("HT", "Yard", "Design", "Sales"),
    market=Market(
        merchants=_MERCHANTS,
        bills=_BILLS,
        purposes=PurposeAccounts(
            cash="1230", private="1150", mileage="7405", per_diem="7406", fee="7901", interest="7903", cashback="4900"
        ),
        rates={"EUR": Decimal("0.8632"), "USD": Decimal("0.7894")},
        per_distance=45,
        per_day=2_500,
        distance_unit="miles",
    ),
)
