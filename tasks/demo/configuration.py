"""The demo's pleo-export.toml, as a user would write one for the same companies."""

from pathlib import Path
from typing import Final

from integration.sandbox.world.companies import Company
from tasks.demo.seed import COMPANIES

FILE: Final = "pleo-export.toml"

_CONNECTION: Final = """
[[connections]]
name = "{name}"
company_id = "{company.id}"
api_key_env = "{key}"
accounting_system = "beancount"
posting = "draft"

[connections.accounts]
{accounts}

[connections.beancount]
directory = "{directory}"
"""


def write_configuration(directory: Path, pleo_url: str) -> dict[str, str]:
    """The environment that goes with it: where everything is, and the sandbox's API keys."""
    connections = "".join(_connection(company) for company in COMPANIES)
    path = directory / FILE
    path.write_text(f'[pleo]\nbase_url = "{pleo_url}"\n{connections}', encoding="utf-8")
    return {
        "PLEO_EXPORT_CONFIG": str(path),
        "PLEO_EXPORT_DATABASE_URL": f"sqlite:///{directory / 'logbook.db'}",
    } | {_key(company): company.api_key for company in COMPANIES}


def short_name(company: Company) -> str:
    """The connection's name and the ledger's directory."""
    return company.name.split()[0].lower()


def _connection(company: Company) -> str:
    accounts = company.accounts.model_dump(exclude_none=True)
    return _CONNECTION.format(
        name=short_name(company),
        company=company,
        key=_key(company),
        accounts="\n".join(f'{name} = "{number}"' for name, number in accounts.items()),
        directory=f"ledger/{short_name(company)}",
    )


def _key(company: Company) -> str:
    return f"PLEO_API_KEY_{short_name(company).upper()}"
