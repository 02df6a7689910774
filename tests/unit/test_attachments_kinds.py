"""What a file is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.attachments.kinds import detect_kind, find_accepted_suffix, is_web_page
from integration.pleo.models import File

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
INVOICE = "<?xml version='1.0'?><Invoice/>"

KINDS = {
    "a PDF": (b"%PDF-1.7\n", "pdf"),
    "a PDF behind a mail header": (b"X-Scanner: 1\r\n\r\n%PDF-1.4\n", "pdf"),
    "a photo": (b"\xff\xd8\xff\xe1", "jpg"),
    "a screenshot": (b"\x89PNG\r\n\x1a\n", "png"),
    "an old GIF": (b"GIF87a", "gif"),
    "a GIF": (b"GIF89a", "gif"),
    "a little-endian TIFF": (b"II*\0", "tiff"),
    "a big-endian TIFF": (b"MM\0*", "tiff"),
    "a photo of an iPhone": (b"\0\0\0\x18ftypheic", "heic"),
    "a HEIF of another phone": (b"\0\0\0\x18ftypmif1", "heif"),
    "a WebP": (b"RIFF\x10\0\0\0WEBPVP8 ", "webp"),
    "PostScript": (b"%!PS-Adobe-3.0\n", "ps"),
    "a Word document": (b"PK\x03\x04....word/document.xml", "docx"),
    "an Excel sheet": (b"PK\x03\x04....xl/workbook.xml", "xlsx"),
    "another archive": (b"PK\x03\x04....receipts/1.pdf", "zip"),
    "an old Word document": (OLE + "WordDocument".encode("utf-16-le"), "doc"),
    "an old Excel sheet": (OLE + "Workbook".encode("utf-16-le"), "xls"),
    "an old document of something else": (OLE, "unknown"),
    "an XML invoice": (INVOICE.encode(), "xml"),
    "an XML invoice with a byte order mark": (INVOICE.encode("utf-8-sig"), "xml"),
    "an XML invoice in UTF-16": (INVOICE.encode("utf-16"), "xml"),
    "a video": (b"\0\0\0\x18ftypmp42", "unknown"),
    "a program": (b"\x7fELF\0\0\0", "unknown"),
}


def declared(declared_type: str = "application/octet-stream", name: str = "receipt-1") -> File:
    return File(url=f"https://file.url/{name}?signature=x.txt", type=declared_type, size=1)


@pytest.mark.parametrize(("content", "kind"), KINDS.values(), ids=KINDS)
def test_the_content_says_the_kind_whatever_was_declared(content, kind):
    assert detect_kind(content, declared()) == kind
    assert detect_kind(content, declared("image/tiff", "receipt.docx")) == kind


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (declared("text/plain"), "txt"),
        (declared("text/plain; charset=utf-8"), "txt"),
        (declared("TXT"), "txt"),
        (declared(".txt"), "txt"),
        (declared("unknown", "receipt.TXT"), "txt"),
        (declared("application/xml"), "xml"),
        (declared("application/pdf"), "unknown"),
        (declared("unknown"), "unknown"),
    ],
)
def test_only_what_is_plain_text_is_taken_for_what_it_is_declared_to_be(file, kind):
    assert detect_kind(b"2 coffees 7.50", file) == kind


def test_a_program_that_is_declared_as_text_is_no_text():
    assert detect_kind(b"\x7fELF\0\0\0", declared("text/plain")) == "unknown"


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><title>Sign in",
        b"\xef\xbb\xbf \r\n<!doctype   HTML>",
        b"<html lang='en'>",
        b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-//W3C'>",
        b"<!-- generated --><HTML>",
        "<html>".encode("utf-16"),
    ],
)
def test_a_web_page_is_recognised(page):
    assert is_web_page(page)


@pytest.mark.parametrize("content", [INVOICE.encode(), b"%PDF-1.4 <html>", b"7 < 8, says <html>", b"", b"<htmlish/>"])
def test_other_files_are_no_web_pages(content):
    assert not is_web_page(content)


@pytest.mark.parametrize(
    ("kind", "kinds", "suffix"),
    [("jpg", {"jpg"}, "jpg"), ("jpg", {"jpeg"}, "jpeg"), ("tiff", {"tif"}, "tif"), ("png", {"jpeg", "pdf"}, None)],
)
def test_a_file_gets_the_suffix_that_the_system_takes(kind, kinds, suffix):
    assert find_accepted_suffix(kind, frozenset(kinds)) == suffix


@given(st.binary(max_size=64), st.text(max_size=20))
def test_any_bytes_have_a_kind(content, word):
    assert detect_kind(content, File(url=f"https://file.url/{word}", type=word, size=1)).isalpha()
