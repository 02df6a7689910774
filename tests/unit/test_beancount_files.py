"""Files that stand whole or not at all, on disks that fail."""

import errno
import os
from pathlib import Path

import pytest

from integration.accounting.beancount.durable_files import publish, translating_os_errors
from integration.errors import (
    AccountingSystemError,
    AccountingSystemMisconfigured,
    AccountingSystemUnreachable,
    OutcomeUnknown,
)


def loses_the_answer(unfinished: str, path: str) -> None:
    """`link` of a file server that makes the name and then does not say so."""
    os.link(unfinished, path)
    raise OSError(errno.EIO, os.strerror(errno.EIO))


def knows_no_links(unfinished: str, path: str) -> None:
    """`link` of a file system without hard links."""
    raise OSError(errno.EPERM, os.strerror(errno.EPERM), path)


def test_what_is_published_first_stays(tmp_path: Path):
    assert publish(f"{tmp_path}/a/b/voucher", b"first")
    assert not publish(f"{tmp_path}/a/b/voucher", b"second")
    assert (tmp_path / "a" / "b" / "voucher").read_bytes() == b"first"


def test_a_published_file_has_the_rights_of_any_other(tmp_path: Path):
    (tmp_path / "any").write_bytes(b"")
    publish(f"{tmp_path}/voucher", b"")
    assert (tmp_path / "voucher").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_a_lost_answer_is_in_doubt_and_leaves_nothing_unfinished(tmp_path: Path):
    with pytest.raises(OutcomeUnknown, match="Input/output error"):
        publish(f"{tmp_path}/voucher", b"whole", link=loses_the_answer)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("voucher", b"whole")]


def test_a_file_system_without_links_is_a_mistake_to_mend(tmp_path: Path):
    with pytest.raises(AccountingSystemMisconfigured, match="Operation not permitted"):
        publish(f"{tmp_path}/voucher", b"whole", link=knows_no_links)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (errno.ENOSPC, AccountingSystemUnreachable),
        (errno.EDQUOT, AccountingSystemUnreachable),
        (errno.ESTALE, AccountingSystemUnreachable),
        (errno.EACCES, AccountingSystemMisconfigured),
        (errno.EROFS, AccountingSystemMisconfigured),
    ],
)
def test_what_passes_is_tried_again_and_what_stays_is_to_be_mended(code: int, failure: type[AccountingSystemError]):
    with pytest.raises(failure, match=os.strerror(code)), translating_os_errors(AccountingSystemUnreachable):
        raise OSError(code, os.strerror(code))
