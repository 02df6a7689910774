"""Where a connection's `accounting_system` becomes an adapter."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from integration.accounting import AccountingSystem
from integration.accounting.beancount import Beancount
from integration.accounting.beancount_rehearsal import rehearsal
from integration.bookkeeping.vouchers import Voucher
from integration.connection import Connection
from integration.errors import ConfigurationError


def _beancount(connection: Connection) -> AccountingSystem:
    if connection.beancount is None:
        raise ConfigurationError(f"connection {connection.name}: the section [connections.beancount] is missing")
    return Beancount(Path(connection.beancount.directory), posting=connection.posting)


#: A new adapter is one module, one line here, and its section in `integration.connection`.
ADAPTERS: Final[Mapping[str, Callable[[Connection], AccountingSystem]]] = MappingProxyType({"beancount": _beancount})


def open_accounting_system(connection: Connection) -> AccountingSystem:
    """The adapter for this connection; nothing is contacted yet."""
    return ADAPTERS[connection.accounting_system](connection)


def open_rehearsal(connection: Connection) -> Callable[[Voucher, str], str] | None:
    """From voucher and reference to the text that recording would write; `None` where vouchers are no text."""
    if connection.accounting_system != "beancount" or connection.beancount is None:
        return None
    return rehearsal(Path(connection.beancount.directory), connection.posting)
