"""From an item with files at a file host to what goes with its voucher."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
import requests
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ByteStringObject, NameObject
from support.builders.items import an_item
from support.servers.file_server import FileServer, Reply, a_file_server

from integration.accounting import FileRules
from integration.attachments import DownloadLimits, fetch_receipts
from integration.configuration.connection import Attachments
from integration.errors import PleoUnavailable, Refused
from integration.pleo.models import ExportItem

LIMITS = DownloadLimits(connect_seconds=2, read_seconds=2, file_seconds=10, pause_seconds=0, max_bytes=3 * 2**20)
SEVERAL = FileRules(frozenset({"pdf", "txt"}), 2**19, allows_several=True)
ONE = FileRules(frozenset({"pdf"}), 2**19, allows_several=False)
REQUIRED, BEST_EFFORT = Attachments.REQUIRED, Attachments.BEST_EFFORT
GONE = Reply(status=404)


@pytest.fixture(scope="module")
def host() -> Iterator[FileServer]:
    with a_file_server() as server:
        yield server


def a_pdf(width: int, ballast: int = 0) -> bytes:
    document, stream = PdfWriter(), BytesIO()
    document.add_blank_page(width, 100)
    document.pages[0][NameObject("/Ballast")] = ByteStringObject(bytes(ballast))
    document.write(stream)
    return stream.getvalue()


FIRST, SECOND, THIRD = a_pdf(50), a_pdf(60), a_pdf(70)


def with_files(*urls: str) -> ExportItem:
    return an_item(files=[{"url": url, "type": "application/pdf", "size": 1} for url in urls])


def never() -> ExportItem | None:
    pytest.fail("no URL had expired")


def attached(
    item: ExportItem,
    rules: FileRules = SEVERAL,
    policy: Attachments = REQUIRED,
    again: Callable[[], ExportItem | None] = never,
):
    with requests.Session() as bare:
        return fetch_receipts(item, rules=rules, policy=policy, session=bare, fetch_again=again, limits=LIMITS)


def widths(content: bytes) -> list[int]:
    return [round(page.mediabox.width) for page in PdfReader(BytesIO(content)).pages]


@pytest.mark.parametrize("files", [None, []])
def test_an_item_without_files_has_none(files):
    for rules in (SEVERAL, ONE):
        assert attached(an_item(files=files), rules) == ((), ())


def test_files_keep_pleos_order_and_get_safe_names(host):
    files, decisions = attached(with_files(host.add_replies(FIRST), host.add_replies(SECOND), host.add_replies(THIRD)))
    assert [file.name for file in files] == ["receipt-1.pdf", "receipt-2.pdf", "receipt-3.pdf"]
    assert [file.content for file in files] == [FIRST, SECOND, THIRD]
    assert decisions == ()


def test_a_system_that_takes_one_file_gets_one(host):
    (file,), _ = attached(with_files(host.add_replies(FIRST), host.add_replies(SECOND)), ONE)
    assert widths(file.content) == [50, 60]


def test_a_single_file_is_not_touched_by_a_system_that_takes_one(host):
    (file,), _ = attached(with_files(host.add_replies(FIRST)), ONE)
    assert file.content == FIRST


FAILURES = {
    "not there": (GONE, "receipt_download_failed", "answer 404"),
    "host is down": (Reply(status=503), "receipt_download_failed", "answer 503"),
    "empty": (b"", "receipt_download_failed", "it is empty"),
    "a web page": (b"<!doctype html><p>Please sign in", "receipt_download_failed", "a web page came"),
    "breaks off": (Reply(FIRST, length=9999), "receipt_download_failed", "connection broke"),
    "larger than Pleo allows": (b"%PDF-" + bytes(LIMITS.max_bytes), "receipt_too_large", "0.5 MB"),
    "larger than the system takes": (a_pdf(60, ballast=2**18), "receipt_too_large", "0.5 MB"),
    "of a kind that the system does not take": (b"%!PS", "receipt_not_convertible", "(ps)"),
}


@pytest.mark.parametrize(("reply", "code", "cause"), FAILURES.values(), ids=FAILURES)
def test_a_required_file_that_fails_refuses_the_item(host, reply, code, cause):
    with pytest.raises(Refused) as refused:
        attached(with_files(host.add_replies(FIRST), host.add_replies(reply)), again=lambda: None)
    assert refused.value.code == code
    assert "File 2" in str(refused.value)
    assert cause in str(refused.value)
    assert host.base not in str(refused.value)


@pytest.mark.parametrize("rules", [SEVERAL, ONE], ids=["several", "one"])
@pytest.mark.parametrize(("reply", "cause"), [(row[0], row[2]) for row in FAILURES.values()], ids=FAILURES)
def test_with_best_effort_it_is_left_out_and_written_down(host, reply, cause, rules):
    item = with_files(host.add_replies(FIRST), host.add_replies(reply), host.add_replies(THIRD))
    files, (decision,) = attached(item, rules, BEST_EFFORT, again=lambda: None)
    assert [width for file in files for width in widths(file.content)] == [50, 70]
    assert decision.code == "attachment_left_out"
    assert "File 2" in decision.text
    assert cause in decision.text
    assert host.base not in decision.text


@pytest.mark.parametrize("policy", Attachments)
def test_a_file_that_looks_damaged_is_attached_as_pleo_has_it_and_written_down(host, policy):
    item = with_files(host.add_replies(FIRST), host.add_replies(SECOND[:-20]))
    files, (decision,) = attached(item, policy=policy)
    assert [file.content for file in files] == [FIRST, SECOND[:-20]]
    assert decision.code == "attachment_damaged"
    assert "File 2 (pdf)" in decision.text


def test_a_name_says_the_position_in_pleo_also_when_one_is_left_out(host):
    files, _ = attached(with_files(host.add_replies(b""), host.add_replies(SECOND)), policy=BEST_EFFORT)
    assert [file.name for file in files] == ["receipt-2.pdf"]


def test_with_best_effort_all_files_may_be_left_out(host):
    files, decisions = attached(with_files(host.add_replies(b""), host.add_replies(b"%!PS")), ONE, BEST_EFFORT)
    assert files == ()
    assert [decision.code for decision in decisions] == ["attachment_left_out", "attachment_left_out"]


def test_expired_urls_are_fetched_again_once_for_all_files(host):
    fetched = []

    def again() -> ExportItem:
        fetched.append(1)
        return with_files(host.add_replies(FIRST), host.add_replies(SECOND))

    expired = [host.add_replies(Reply(status=403)), host.add_replies(Reply(status=403))]
    files, decisions = attached(with_files(*expired), again=again)
    assert [file.content for file in files] == [FIRST, SECOND]
    assert decisions == ()
    assert len(fetched) == 1
    assert [host.count(url) for url in expired] == [1, 1]


def test_a_fresh_url_that_is_refused_as_well_is_given_up(host):
    fresh = host.add_replies(GONE)
    with pytest.raises(Refused, match="answer 404"):
        attached(with_files(host.add_replies(GONE)), again=lambda: with_files(fresh))
    assert host.count(fresh) == 1


@pytest.mark.parametrize("fresh", [None, with_files(), with_files("http://127.0.0.1/1", "http://127.0.0.1/2")])
def test_an_item_that_is_gone_or_has_other_files_now_gives_no_fresh_url(host, fresh):
    with pytest.raises(Refused, match="answer 404"):
        attached(with_files(host.add_replies(GONE)), again=lambda: fresh)


def test_pleo_being_away_when_urls_are_renewed_is_no_fault_of_the_file(host):
    def away() -> ExportItem | None:
        raise PleoUnavailable(status=503)

    with pytest.raises(PleoUnavailable):
        attached(with_files(host.add_replies(GONE)), policy=BEST_EFFORT, again=away)
