"""From an export item to the files that go with its voucher, and what was decided on the way."""

from collections.abc import Callable
from functools import cache, partial
from typing import assert_never

import requests

from integration.accounting import FileRules, ReceiptFile
from integration.attachments.download import (
    DEFAULT_LIMITS,
    DownloadFailed,
    DownloadLimits,
    FileTooLarge,
    LinkExpired,
    download,
)
from integration.attachments.fit import CannotFit, fit, format_megabytes
from integration.attachments.kinds import Original, detect_kind, is_web_page
from integration.attachments.soundness import find_damage
from integration.bookkeeping.vouchers import Decision
from integration.configuration.connection import Attachments
from integration.errors import Refused
from integration.errors.items import ReceiptDownloadFailed, ReceiptTooLarge
from integration.pleo.models import ExportItem, File

FetchAgain = Callable[[], ExportItem | None]
Download = Callable[[str], bytes]


def fetch_receipts(
    item: ExportItem,
    *,
    rules: FileRules,
    policy: Attachments,
    session: requests.Session,
    fetch_again: FetchAgain,
    limits: DownloadLimits = DEFAULT_LIMITS,
) -> tuple[tuple[ReceiptFile, ...], tuple[Decision, ...]]:
    """Pleo's order is kept, and the same files give the same bytes, so that their hash recognises them.

    Of `session` only connections, proxies and certificates are used: a file host sees none of its credentials.
    `fetch_again` gets the item with fresh URLs; it is called once at most, and what it raises is not caught. Raises
    `ReceiptDownloadFailed`, `ReceiptTooLarge`, `ReceiptsTooLarge` or `ReceiptNotConvertible` if files are required.
    """
    get, renew = partial(download, session=session, limits=limits), cache(fetch_again)
    originals: list[Original] = []
    decisions: list[Decision] = []
    for position in range(1, len(item.files or ()) + 1):
        try:
            original = _load_original(item, position, get, renew)
            originals.append(original)
            decisions += find_damage(original)
        except FileTooLarge:
            limit = format_megabytes(min(rules.max_bytes, limits.max_bytes))
            decisions.append(_leave_out(ReceiptTooLarge(position=position, limit=limit), policy))
        except DownloadFailed as broken:
            decisions.append(_leave_out(ReceiptDownloadFailed(position=position, cause=broken), policy))
    files: list[ReceiptFile] = []
    for group in [(original,) for original in originals] if rules.allows_several else [tuple(originals)]:
        fitted, settled = _fit_group(group, rules, policy)
        files += fitted
        decisions += settled
    return tuple(files), tuple(decisions)


def _load_original(item: ExportItem, position: int, get: Download, renew: FetchAgain) -> Original:
    """Raises `Broken` also for what is no file: nothing at all, or a web page that explains why."""
    content = _download_content(item, position, get, renew)
    if not content:
        raise DownloadFailed("it is empty")
    if is_web_page(content):
        raise DownloadFailed("a web page came in its place")
    return Original(position, detect_kind(content, _files(item)[position - 1]), content)


def _download_content(item: ExportItem, position: int, get: Download, renew: FetchAgain) -> bytes:
    """Pleo's URLs live 24 hours, so one that is refused may only be too old."""
    try:
        return get(_files(item)[position - 1].url)
    except LinkExpired:
        fresh = renew()
        if fresh is None or len(_files(fresh)) != len(_files(item)):
            raise
    return get(_files(fresh)[position - 1].url)


def _files(item: ExportItem) -> tuple[File, ...]:
    return item.files or ()


def _fit_group(
    group: tuple[Original, ...], rules: FileRules, policy: Attachments
) -> tuple[tuple[ReceiptFile, ...], tuple[Decision, ...]]:
    """Where one file is in the way, the others are tried without it."""
    left_out: list[Decision] = []
    while group:
        try:
            file, reductions = fit(group, rules)
        except CannotFit as unfit:
            left_out.append(_leave_out(unfit.refusal, policy))
            group = tuple(original for original in group if original.position != unfit.position)
        else:
            return (file,), (*left_out, *reductions)
    return (), tuple(left_out)


def _leave_out(refusal: Refused, policy: Attachments) -> Decision:
    match policy:
        case Attachments.REQUIRED:
            raise refusal
        case Attachments.BEST_EFFORT:
            return Decision("attachment_left_out", f"Recorded without a file. {refusal}")
        case _:
            assert_never(policy)
