"""Files that stand whole or not at all, once, and that outlive a power failure.

`link(2)` makes a name and refuses one that is taken, in one step: «already there» is the file system's own answer, to
any number of processes. Nothing is ever overwritten.

Paths are text here: `Path` took a fifth of the time that an item spends in the adapter.
"""
# ruff: noqa: PTH108, PTH110, PTH112, PTH120, PTH123, PTH208

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EEXIST, EISDIR, ELOOP, ENAMETOOLONG, ENOTDIR, EOPNOTSUPP, EPERM, EROFS, EXDEV
from pathlib import Path
from secrets import token_hex

from integration.errors import (
    AccountingSystemError,
    AccountingSystemMisconfigured,
    AccountingSystemUnreachable,
    OutcomeUnknown,
)

Link = Callable[[str, str], None]

#: What a person mends and time does not: rights, a file where a folder should be, a file system without hard links.
_MISCONFIGURED = frozenset({EACCES, EEXIST, EISDIR, ELOOP, ENAMETOOLONG, ENOTDIR, EOPNOTSUPP, EPERM, EROFS, EXDEV})


def publish(path: str, content: bytes, link: Link = os.link) -> bool:
    """Make the file unless it stands already; either way it is complete and durable when this returns.

    `True` if it was made here. Raises `OutcomeUnknown` when the name may have been made, else the named error of what
    the disk said.
    """
    folder = os.path.dirname(path)
    # No include pattern matches a leading dot or this suffix: what a killed worker leaves behind is harmless.
    unfinished = f"{folder}/.{token_hex(16)}.unfinished"
    with translating_os_errors(AccountingSystemUnreachable):
        make_folder(folder)
        try:
            write(unfinished, content)
            with translating_os_errors(OutcomeUnknown):
                return link_name(unfinished, path, link)
        finally:
            remove(unfinished)


def check_writable(folder: str) -> None:
    """Raises what `publish` would raise in this folder, and leaves nothing."""
    trial = f"{folder}/.{token_hex(16)}.trial"
    publish(trial, b"trial")
    with translating_os_errors(AccountingSystemUnreachable):
        remove(trial)


def read_file(path: str) -> str:
    """What stands, as a person may have edited it. Its name is on the disk when this returns."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    sync(os.path.dirname(path))  # another worker may have made the name a moment ago
    return text


def exists(path: str) -> bool:
    """Whether the name is taken."""
    return os.path.exists(path)


def list_suffixes(beginning: str) -> list[str]:
    """How the names go on that begin like this path."""
    folder, start = os.path.split(beginning)
    try:
        return [name.removeprefix(start) for name in os.listdir(folder) if name.startswith(start)]
    except FileNotFoundError:
        return []


def write(path: str, content: bytes) -> None:
    """Make a new file and bring it to the disk."""
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def link_name(unfinished: str, path: str, link: Link) -> bool:
    """Make the name, or leave the one that another worker made, which may not be on the disk yet."""
    is_new = False
    with suppress(FileExistsError):
        link(unfinished, path)
        is_new = True
    sync(os.path.dirname(path))
    return is_new


def remove(path: str) -> None:
    """Take a name away, if it is there."""
    with suppress(FileNotFoundError):
        os.unlink(path)


def make_folder(folder: str) -> None:
    """Make a folder and those above it, durably."""
    if not os.path.isdir(folder):
        make_folder(os.path.dirname(folder))
        Path(folder).mkdir(exist_ok=True)
        sync(os.path.dirname(folder))


def sync(folder: str) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def translating_os_errors(failure: type[AccountingSystemError]) -> Iterator[None]:
    """What the disk says becomes `failure`, or `AccountingSystemMisconfigured` where only a person can mend it."""
    try:
        yield
    except OSError as error:
        named = AccountingSystemMisconfigured if error.errno in _MISCONFIGURED else failure
        where = f": {error.filename}" if error.filename else ""
        raise named(cause=f"{error.strerror}{where}") from error
