"""Files that stand whole or not at all, once, and that outlive a power failure.

`link(2)` makes a name and refuses one that is taken, in one step: «already there» is the file system's own answer, to
any number of processes. Nothing is ever overwritten.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EEXIST, EISDIR, ELOOP, ENAMETOOLONG, ENOTDIR, EOPNOTSUPP, EPERM, EROFS, EXDEV
from pathlib import Path
from uuid import uuid4

from integration.errors import (
    AccountingSystemError,
    AccountingSystemMisconfigured,
    AccountingSystemUnreachable,
    OutcomeUnknown,
)

#: What a person mends and time does not: rights, a file where a folder should be, a file system without hard links.
_MISCONFIGURED = frozenset({EACCES, EEXIST, EISDIR, ELOOP, ENAMETOOLONG, ENOTDIR, EOPNOTSUPP, EPERM, EROFS, EXDEV})


def publish(path: Path, content: bytes) -> None:
    """Make the file unless it stands already; either way it is complete and durable when this returns.

    Raises `OutcomeUnknown` when the name may have been made, else the named error of what the disk said.
    """
    with failing_as(AccountingSystemUnreachable):
        make_folder(path.parent)
        # No include pattern matches a leading dot or this suffix: what a killed worker leaves behind is harmless.
        unfinished = path.with_name(f".{uuid4().hex}.unfinished")
        try:
            write(unfinished, content)
            with failing_as(OutcomeUnknown):
                link(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)


def try_publishing(folder: Path) -> None:
    """Raises what `publish` would raise in this folder, and leaves nothing."""
    trial = folder / f".{uuid4().hex}.trial"
    publish(trial, b"trial")
    with failing_as(AccountingSystemUnreachable):
        trial.unlink()


def write(path: Path, content: bytes) -> None:
    """Make a new file and bring it to the disk."""
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def link(unfinished: Path, path: Path) -> None:
    """Make the name, or leave the one that another worker made, which may not be on the disk yet."""
    with suppress(FileExistsError):
        path.hardlink_to(unfinished)
    sync(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)


def sync(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def failing_as(failure: type[AccountingSystemError]) -> Iterator[None]:
    """What the disk says becomes `failure`, or `AccountingSystemMisconfigured` where only a person can mend it."""
    try:
        yield
    except OSError as error:
        named = AccountingSystemMisconfigured if error.errno in _MISCONFIGURED else failure
        where = f": {error.filename}" if error.filename else ""
        raise named(cause=f"{error.strerror}{where}") from error
