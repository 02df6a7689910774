"""What a file is, by its own first bytes: what others declare it to be counts only for plain text."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from integration.pleo.models import File

UNKNOWN = "unknown"
#: Readers look for a file's beginning this far.
HEAD_BYTES = 1024
SIGNATURES = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"%!PS", "ps"),
)
#: ISO media files: the brand after the word `ftyp`.
BRANDS = {b"heic": "heic", b"heix": "heic", b"hevc": "heic", b"hevx": "heic", b"mif1": "heif", b"msf1": "heif"}
#: What only an office document has inside, for ZIP archives and for Microsoft's older containers.
OFFICE_IN_ZIP = ((b"word/", "docx"), (b"xl/", "xlsx"))
OFFICE_IN_OLE = (("WordDocument".encode("utf-16-le"), "doc"), ("Workbook".encode("utf-16-le"), "xls"))
TEXT_KINDS = {"plain": "txt", "txt": "txt", "xml": "xml"}
WEB_PAGE = re.compile(rb"<(!doctype\s+html|html[\s>])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Original:
    """A file as it came from Pleo; `position` counts from 1."""

    position: int
    kind: str
    content: bytes


def is_web_page(content: bytes) -> bool:
    """Hosts explain in HTML why there is no file; Pleo takes no HTML as a receipt (Pleo's guide, attachments)."""
    head = _normalise_head(content)
    return head.startswith(b"<") and WEB_PAGE.search(head) is not None


def detect_kind(content: bytes, file: File) -> str:
    """A lower-case suffix without the dot, or `unknown`."""
    return (
        next((kind for signature, kind in SIGNATURES if content.startswith(signature)), None)
        or _detect_container_kind(content)
        or _detect_document_kind(content, file)
        or UNKNOWN
    )


def find_accepted_suffix(kind: str, kinds: frozenset[str]) -> str | None:
    """The suffix by which a system takes a kind, where two are in use."""
    other = {"jpg": "jpeg", "tiff": "tif"}.get(kind, kind)
    return next((suffix for suffix in (kind, other) if suffix in kinds), None)


def _detect_container_kind(content: bytes) -> str | None:
    if content.startswith(b"PK\x03\x04"):
        return next((kind for mark, kind in OFFICE_IN_ZIP if mark in content), "zip")
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return next((kind for mark, kind in OFFICE_IN_OLE if mark in content), None)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return BRANDS.get(content[8:12]) if content[4:8] == b"ftyp" else None


def _detect_document_kind(content: bytes, file: File) -> str | None:
    if b"%PDF-" in content[:HEAD_BYTES]:
        return "pdf"
    if _normalise_head(content).startswith(b"<?xml"):
        return "xml"
    is_text = b"\0" not in content or content.startswith((b"\xff\xfe", b"\xfe\xff"))
    return _find_declared_text_kind(file) if is_text else None


def _find_declared_text_kind(file: File) -> str | None:
    """`type` is a MIME type by example and not by contract; a bare suffix is read as well."""
    of_type = file.type.lower().partition(";")[0].rpartition("/")[2].strip(" .")
    of_url = PurePosixPath(urlsplit(file.url).path).suffix.lower().lstrip(".")
    return TEXT_KINDS.get(of_type) or TEXT_KINDS.get(of_url)


def _normalise_head(content: bytes) -> bytes:
    """The beginning without byte order marks and blanks, and UTF-16 as if it were ASCII."""
    return content[:HEAD_BYTES].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
