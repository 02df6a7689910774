"""Beancount's own judgement of a ledger, asked of its program `bean-check`."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from integration.accounting.beancount.durable_files import failing_as
from integration.errors import AccountingSystemMisconfigured, AccountingSystemTimeout, AccountingSystemUnreachable

#: Ten thousand vouchers take some seconds.
_TIMEOUT_SECONDS = 600
_SHOWN = 3
#: A message up to the first thing it quotes, unless that is an account: what else it quotes may be about a person.
_MESSAGE = re.compile(r"(?:[^:\"'(]|:(?=\w))+(?:'[\w-]+(?::[\w-]+)+')?")


def judge(ledger: Path) -> None:
    """Raises `AccountingSystemMisconfigured` with the first mistakes that beancount finds in the whole ledger."""
    # Beancount's cache does not notice a new file that an include pattern matches.
    command = (_program(), "--no-cache", str(ledger))
    with failing_as(AccountingSystemUnreachable):
        try:
            answer = subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise AccountingSystemTimeout from error
    if answer.returncode:
        said = _summary(answer.stderr, ledger)
        raise AccountingSystemMisconfigured(cause=f"beancount does not accept the ledger: {said}")


def _program() -> str:
    """Beside our Python first: an environment that is not activated has it there and not on the PATH."""
    beside = Path(sys.executable).with_name("bean-check")
    program = str(beside) if beside.exists() else shutil.which("bean-check")
    if program is None:
        raise AccountingSystemMisconfigured(cause="bean-check is missing: pip install 'pleo-export[beancount]'")
    return program


def _summary(printed: str, ledger: Path) -> str:
    """The first mistakes, each with its file and line below the ledger's directory."""
    place = re.compile(rf"(?:{re.escape(str(ledger.parent))}/)?(<load>|[\w./-]+\.beancount):(\d+):\s+(.+)")
    found = [_mistake(*match.groups()) for line in printed.splitlines() if (match := place.match(line))]
    if not found:
        return "bean-check stopped without naming a line"
    more = f" (and {len(found) - _SHOWN} more)" if len(found) > _SHOWN else ""
    return "; ".join(found[:_SHOWN]) + more


def _mistake(file: str, line: str, message: str) -> str:
    said = _MESSAGE.match(message)
    return f"{file}, line {line}: {said[0].strip() if said else 'mistake'}"
