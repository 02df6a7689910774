"""Printing to PDF: images, and several files as one. No dates and no random ids, so repeating gives the same bytes."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import cast

import img2pdf
from pypdf import PdfReader, PdfWriter

from integration.attachments.images import IMAGES, MAX_PAGES, ExcessiveSize, Reduction, check_size, reduce_pages
from integration.attachments.kinds import Original

# They quote from the files in their logs.
for _library in ("img2pdf", "PIL", "pypdf"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)


class Unprintable(Exception):
    """This file cannot become a PDF."""

    def __init__(self, original: Original) -> None:
        super().__init__(original.position)
        self.original = original


class PagesMissing(ValueError):
    """A PDF that is not whole."""


A4 = img2pdf.get_layout_fun(
    (img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297)), fit=img2pdf.FitMode.shrink, auto_orient=True
)


def print_to_pdf(originals: Sequence[Original], reduction: Reduction | None = None) -> bytes:
    """One PDF of them all, in order; with a reduction, images in it lose quality. Raises `Unprintable`."""
    for original in originals:
        if original.kind not in {"pdf", *IMAGES}:
            raise Unprintable(original)
    document = PdfWriter()
    for original in originals:
        with raising_unprintable(original):
            _append_pages(document, _convert_to_pdf(original, reduction))
    with raising_unprintable(originals[-1]):
        return _serialise(document)


@contextmanager
def raising_unprintable(original: Original) -> Iterator[None]:
    """Parsers of hostile files raise anything, as pypdf's documentation says."""
    try:
        yield
    except Exception as error:
        raise Unprintable(original) from error


def _convert_to_pdf(original: Original, reduction: Reduction | None) -> bytes:
    if original.kind == "pdf":
        return original.content
    check_size(original.content, original.kind)
    if reduction:
        return _lay_out_pages(reduce_pages(original.content, original.kind, reduction))
    return _lay_out_pages([original.content], first_frame_only=original.kind in {"jpg", "png"})


def _lay_out_pages(pictures: Sequence[bytes], *, first_frame_only: bool = False) -> bytes:
    """Images are embedded as they are. Given as streams, because `img2pdf` takes bytes for a path first."""
    pdf: bytes = img2pdf.convert(
        [BytesIO(picture) for picture in pictures],
        layout_fun=A4,
        rotation=img2pdf.Rotation.ifvalid,
        first_frame_only=first_frame_only,
    )
    return pdf


def _append_pages(document: PdfWriter, pdf: bytes) -> None:
    """Pages that it cannot find are left out by pypdf, so they are counted."""
    reader = PdfReader(BytesIO(pdf))
    pages = len(reader.pages)
    if not 0 < pages <= MAX_PAGES - len(document.pages):
        raise ExcessiveSize
    if cast("Mapping[str, object]", reader.root_object["/Pages"])["/Count"] != pages:
        raise PagesMissing
    document.append(reader, import_outline=False)


def _serialise(document: PdfWriter) -> bytes:
    stream = BytesIO()
    document.write(stream)
    return stream.getvalue()
