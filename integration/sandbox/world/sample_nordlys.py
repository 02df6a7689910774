"""Nordlys Kaffe ApS of Aarhus: coffee bars, books in Danish kroner."""

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
    AccountKind.INCOME: {"1010": "Sales", "1390": "Cashback and bonuses"},
    AccountKind.EXPENSE: {
        "2210": "Goods for resale",
        "2510": "Office supplies",
        "2530": "Software",
        "2550": "Telephone and internet",
        "2610": "Travel",
        "2620": "Hotels",
        "2640": "Meals and entertainment",
        "2650": "Mileage allowance",
        "2655": "Per diem",
        "2710": "Advertising",
        "2810": "Rent and cleaning",
        "2820": "Small equipment",
        "2910": "Bank charges",
        "2920": "Interest",
    },
    AccountKind.ASSET: {
        "5690": "Input VAT",
        "5710": "Petty cash",
        "5790": "Owed by employees",
        "5810": "Bank",
        "5820": "Pleo wallet DKK",
        "5825": "Pleo clearing",
    },
    AccountKind.LIABILITY: {
        "6510": "Accounts payable",
        "6610": "Owed to employees",
        "6620": "Reimbursed outside Pleo",
        "6690": "Output VAT",
        "6695": "Output VAT, reverse charge",
    },
}

_MERCHANTS = (
    Merchant("Kontorhuset Midt", "DK", "5943", "2510", "I25", (6_500, 64_900), ("Printer ink", "Till rolls", "Paper")),
    Merchant("Vestbro Jernvare", "DK", "5251", "2820", "I25", (8_900, 129_500), ("Shelf brackets", "Milk jug")),
    Merchant("Nordtog", "DK", "4112", "2610", "I0", (15_800, 83_400), ("Train to Aalborg", "Train to Copenhagen")),
    Merchant("Hotel Havnekajen", "DK", "7011", "2620", "I25", (89_500, 264_000), ("Two nights, roasters' fair",)),
    Merchant("Brasserie Lindevang", "DK", "5812", "2640", "I25", (24_500, 186_000), ("Lunch",), hosts_guests=True),
    Merchant("Fjord Mobil", "DK", "4814", "2550", "I25", (19_900, 89_900), ("Phones, shop floor",), vendor="L-1004"),
    Merchant("Cloudpantry", "IE", "5734", "2530", "REV25", (1_200, 14_900), ("Till software",), "EUR", "L-1003"),
    Merchant("Skånsk Form AB", "SE", "5712", "2820", "REV25", (39_900, 429_000), ("Bar stools", "Lamp"), "SEK"),
    Merchant("Pixelmarket", "US", "7311", "2710", "REV25", (2_500, 45_000), ("Autumn campaign", "Job advert"), "USD"),
)

_BILLS = (
    Merchant("Risteriet Sønderho A/S", "DK", "5149", "2210", "I25", (420_000, 3_860_000), ("Beans",), None, "L-1001"),
    Merchant("Mejeriet Højmark", "DK", "5143", "2210", "I25", (98_000, 612_500), ("Milk, week",), None, "L-1002"),
    Merchant("Rengøring Øst ApS", "DK", "7349", "2810", "I25", (240_000, 480_000), ("Cleaning",), None, "L-1005"),
)


NORDLYS = Company(
    id=UUID("5b0c2a4e-6d1f-4a39-9c57-0e6d8f1b7a21"),
    name="Nordlys Kaffe ApS",
    country="DK",
    currency="DKK",
    api_key="sandbox-key-of-nordlys",
    accounts=Accounts(
        wallet="5820",
        out_of_pocket="6610",
        contra="5825",
        accounts_payable="6510",
        external_reimbursement="6620",
        bank="5810",
    ),
    ledger_accounts=chart(_ACCOUNTS),
    tax_codes=(
        TaxCode("I25", "Input VAT 25 %", Decimal("0.25"), TaxType.INCLUSIVE, "5690"),
        TaxCode("I0", "No VAT", Decimal(0), TaxType.INCLUSIVE, "5690"),
        TaxCode("REV25", "Reverse charge 25 %", Decimal("0.25"), TaxType.REVERSE, "5690", "6695"),
    ),
    tag_groups=(
        TagGroup("DEPARTMENT", ("BARS", "ROASTERY", "OFFICE")),
        TagGroup("PROJECT", ("AALBORG-26", "WEBSHOP")),
    ),
    vendors=(
        vendor("L-1001", "Risteriet Sønderho A/S", "DK", "DKK", "DK31557702"),
        vendor("L-1002", "Mejeriet Højmark", "DK", "DKK", "DK28840163"),
        vendor("L-1003", "Cloudpantry", "IE", "EUR", "IE6388047V"),
        vendor("L-1004", "Fjord Mobil", "DK", "DKK", "DK40415629"),
        vendor("L-1005", "Rengøring Øst ApS", "DK", "DKK", "DK36990218"),
    ),
    employees=people("N", "Asta Bruun", "Villads Krogh", "Sofie Mølgaard", "Emil Thorup"),
    teams=people("NT", "Coffee bars", "Roastery", "Office"),
    market=Market(
        merchants=_MERCHANTS,
        bills=_BILLS,
        purposes=PurposeAccounts(
            cash="5710", private="5790", mileage="2650", per_diem="2655", fee="2910", interest="2920", cashback="1390"
        ),
        rates={"EUR": Decimal("7.4604"), "SEK": Decimal("0.6652"), "USD": Decimal("6.8615")},
        per_distance=381,
        per_day=63_000,
        distance_unit="km",
    ),
)
