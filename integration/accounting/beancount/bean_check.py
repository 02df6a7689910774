"""Beancount's own judgement of a ledger, asked of its program `bean-check`."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from integration.accounting.beancount.durable_files import translating_os_errors
from integration.errors import AccountingSystemMisconfigured, AccountingSystemTimeout, AccountingSystemUnreachable

#: Ten thousand vouchers take some seconds.
_TIMEOUT_SECONDS = 600
_MAX_SHOWN_MISTAKES = 3
#: A message up to the first thing it quotes, unless that is an account: what else it quotes may be about a person.
_MESSAGE = re.compile(r"(?:[^:\"'(]|:(?=\w))+(?:'[\w-]+(?::[\w-]+)+')?")


def run_bean_check(ledger: Path) -> None:
    """Raises `AccountingSystemMisconfigured` with the first mistakes that beancount finds in the whole ledger."""
    # Beancount's cache does not notice a new file that an include pattern matches.
    command = (_find_program(), "--no-cache", str(ledger))
    with translating_os_errors(AccountingSystemUnreachable):
        try:
            answer = subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise AccountingSystemTimeout from error
    if answer.returncode:
        said = _summarise(answer.stderr, ledger)
        raise AccountingSystemMisconfigured(cause=f"beancount does not accept the ledger: {said}")


def _find_program() -> str:
    """Beside our Python first: an environment that is not activated has it there and not on the PATH."""
    beside = Path(sys.executable).with_name("bean-check")
    program = str(beside) if beside.exists() else shutil.which("bean-check")
    if program is None:
        raise AccountingSystemMisconfigured(cause="bean-check is missing: pip install 'pleo-export[beancount]'")
    return program


def _summarise(printed: str, ledger: Path) -> str:
    """The first mistakes, each with its file and line below the ledger's directory."""
    place = re.compile(rf"(?:{re.escape(str(ledger.parent))}/)?(<load>|[\w./-]+\.beancount):(\d+):\s+(.+)")
    found = [_format_mistake(*match.groups()) for line in printed.splitlines() if (match := place.match(line))]
    if not found:
        return "bean-check stopped without naming a line"
    more = f" (and {len(found) - _MAX_SHOWN_MISTAKES} more)" if len(found) > _MAX_SHOWN_MISTAKES else ""
    return "; ".join(found[:_MAX_SHOWN_MISTAKES]) + more


def _format_mistake(file: str, line: str, message: str) -> str:
    said = _MESSAGE.match(message)
    return f"{file}, line {line}: {said[0].strip() if said else 'mistake'}"
