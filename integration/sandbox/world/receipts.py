"""Small real receipts: pictures and PDFs that say what was bought."""

from collections.abc import Sequence
from io import BytesIO

import img2pdf
from PIL import Image, ImageDraw

from integration.sandbox.world.expenses import Receipt

MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}
_WIDTH, _MARGIN, _LINE = 260, 16, 22


def receipt(stem: str, kind: str, lines: Sequence[str]) -> Receipt:
    """`kind` is jpg, png or pdf; the same words always give the same bytes."""
    content = _build_pdf(lines) if kind == "pdf" else _draw_picture(lines, kind)
    return Receipt(f"{stem}.{kind}", MEDIA_TYPES[kind], content)


def _draw_picture(lines: Sequence[str], kind: str) -> bytes:
    picture = Image.new("L", (_WIDTH, 2 * _MARGIN + _LINE * len(lines)), 252)
    pen = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        pen.text((_MARGIN, _MARGIN + row * _LINE), line, fill=20)
    file = BytesIO()
    picture.save(file, "JPEG" if kind == "jpg" else "PNG")
    return file.getvalue()


def _build_pdf(lines: Sequence[str]) -> bytes:
    # The other engine writes an id into the file that differs every time.
    return bytes(img2pdf.convert(_draw_picture(lines, "png"), nodate=True, engine=img2pdf.Engine.internal))
