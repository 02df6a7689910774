"""Where a connection's `accounting_system` becomes an adapter."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import SecretStr

from integration.accounting import AccountingSystem
from integration.accounting.beancount.adapter import Beancount, build_text_renderer
from integration.accounting.tryton.adapter import Tryton
from integration.bookkeeping.vouchers import Voucher
from integration.configuration.connection import Connection
from integration.errors import ConfigurationError

#: By the name of the environment variable that the connection gives.
Secrets = Mapping[str, SecretStr]
NO_SECRETS: Final[Secrets] = MappingProxyType({})


def _open_beancount(connection: Connection, _: Secrets) -> AccountingSystem:
    if connection.beancount is None:
        raise _missing_section(connection)
    ledger = connection.beancount
    return Beancount(Path(ledger.directory), posting=connection.posting, fava_url=ledger.fava_url)


def _open_tryton(connection: Connection, secrets: Secrets) -> AccountingSystem:
    if connection.tryton is None:
        raise _missing_section(connection)
    return Tryton(connection.tryton, secrets[connection.tryton.key_env], posting=connection.posting)


#: A new adapter is one folder, one line here and one section of the same name in
#: `integration.configuration.connection`.
ADAPTERS: Final[Mapping[str, Callable[[Connection, Secrets], AccountingSystem]]] = MappingProxyType(
    {"beancount": _open_beancount, "tryton": _open_tryton}
)


def open_accounting_system(connection: Connection, secrets: Secrets = NO_SECRETS) -> AccountingSystem:
    """The adapter for this connection; nothing is contacted yet."""
    return ADAPTERS[connection.accounting_system](connection, secrets)


def open_text_renderer(connection: Connection) -> Callable[[Voucher, str], str] | None:
    """From voucher and reference to the text that recording would write; `None` where vouchers are no text."""
    if connection.accounting_system != "beancount" or connection.beancount is None:
        return None
    return build_text_renderer(Path(connection.beancount.directory), connection.posting)


def _missing_section(connection: Connection) -> ConfigurationError:
    section = f"[connections.{connection.accounting_system}]"
    return ConfigurationError(f"connection {connection.name}: the section {section} is missing")
