"""Pre-export validation: after `started`, before any item is fetched (Pleo's guide, pre-export validation)."""

from typing import Final

from integration.accounting import AccountingSystem
from integration.bookkeeping.chart import Chart
from integration.configuration.connection import Connection
from integration.errors import AccountingSystemMisconfigured, AccountsMissing

#: What Pleo's guide on accounts mapping wants configured, whatever the job holds.
ALWAYS_NEEDED: Final = ("wallet", "out_of_pocket", "contra")
NEEDED_FOR_VENDORS: Final = (*ALWAYS_NEEDED, "accounts_payable")


def validate(connection: Connection, system: AccountingSystem, *, vendor_based: bool) -> None:
    """Raises the `AccountingSystemError` whose reason type the job is failed with. Writes nothing."""
    _accounts_are_configured(connection, NEEDED_FOR_VENDORS if vendor_based else ALWAYS_NEEDED)
    system.check()
    _accounts_are_in(system.read_chart(), connection)


def _accounts_are_configured(connection: Connection, needed: tuple[str, ...]) -> None:
    missing = [name for name in needed if getattr(connection.accounts, name) is None]
    if missing:
        raise AccountsMissing(settings=_settings(missing, connection))


def _accounts_are_in(chart: Chart, connection: Connection) -> None:
    if chart.accounts is None:
        return
    configured = connection.accounts.model_dump(exclude_none=True)
    unknown = {name: number for name, number in configured.items() if number not in chart.accounts}
    if unknown:
        numbers = ", ".join(sorted(set(unknown.values())))
        raise AccountingSystemMisconfigured(
            cause=f"{_settings(list(unknown), connection)} name accounts that its chart does not have: {numbers}"
        )


def _settings(names: list[str], connection: Connection) -> str:
    return ", ".join(f"accounts.{name}" for name in names) + f" of connection {connection.name}"
