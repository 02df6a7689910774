"""Files that stand whole or not at all, on disks that fail."""

import errno
import os
from pathlib import Path, PosixPath

import pytest

from integration.accounting.beancount_files import failing_as, publish
from integration.errors import (
    AccountingSystemError,
    AccountingSystemMisconfigured,
    AccountingSystemUnreachable,
    OutcomeUnknown,
)


class LosesTheAnswer(PosixPath):
    """A path on a file server that makes the name and then does not say so."""

    __slots__ = ()

    def hardlink_to(self, target: str | os.PathLike[str]) -> None:
        super().hardlink_to(target)
        raise OSError(errno.EIO, os.strerror(errno.EIO))


class KnowsNoLinks(PosixPath):
    """A path on a file system without hard links."""

    __slots__ = ()

    def hardlink_to(self, target: str | os.PathLike[str]) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), str(self))


def test_what_is_published_first_stays(tmp_path: Path):
    publish(tmp_path / "a" / "b" / "voucher", b"first")
    publish(tmp_path / "a" / "b" / "voucher", b"second")
    assert (tmp_path / "a" / "b" / "voucher").read_bytes() == b"first"


def test_a_published_file_has_the_rights_of_any_other(tmp_path: Path):
    (tmp_path / "any").write_bytes(b"")
    publish(tmp_path / "voucher", b"")
    assert (tmp_path / "voucher").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_a_lost_answer_is_in_doubt_and_leaves_nothing_unfinished(tmp_path: Path):
    with pytest.raises(OutcomeUnknown, match="Input/output error"):
        publish(LosesTheAnswer(tmp_path) / "voucher", b"whole")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("voucher", b"whole")]


def test_a_file_system_without_links_is_a_mistake_to_mend(tmp_path: Path):
    with pytest.raises(AccountingSystemMisconfigured, match="Operation not permitted"):
        publish(KnowsNoLinks(tmp_path) / "voucher", b"whole")
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
    with pytest.raises(failure, match=os.strerror(code)), failing_as(AccountingSystemUnreachable):
        raise OSError(code, os.strerror(code))
