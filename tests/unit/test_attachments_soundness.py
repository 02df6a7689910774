"""Damaged files are noticed, and harmless oddities are not."""

from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfWriter

from integration.attachments.images import IMAGES, MAX_PIXELS, ExcessiveSize, check_size
from integration.attachments.kinds import Original
from integration.attachments.soundness import find_damage

NOISE = Image.effect_noise((300, 200), 80).convert("RGB")


def an_image(kind: str) -> bytes:
    stream = BytesIO()
    NOISE.save(stream, IMAGES[kind][0])
    return stream.getvalue()


def a_pdf() -> bytes:
    document, stream = PdfWriter(), BytesIO()
    document.add_blank_page(100, 100)
    document.write(stream)
    return stream.getvalue()


def a_fax(width: int, height: int) -> bytes:
    """A few bytes for many pixels."""
    stream = BytesIO()
    Image.new("1", (width, height)).save(stream, "TIFF", compression="group4")
    return stream.getvalue()


WHOLE = {kind: an_image(kind) for kind in IMAGES} | {"pdf": a_pdf()}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_file_leaves_no_doubt(kind: str):
    assert find_damage(Original(1, kind, WHOLE[kind])) == ()


@pytest.mark.parametrize("share", [0.3, 0.9])
@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_that_breaks_off_is_written_down_by_its_place(kind: str, share: float):
    content = WHOLE[kind]
    (decision,) = find_damage(Original(3, kind, content[: int(len(content) * share)]))
    assert decision.code == "attachment_damaged"
    assert decision.text.startswith(f"File 3 ({kind}) looks damaged.")


@pytest.mark.parametrize("behind", [b"\r\n", bytes(4096), b"\n% scanned by A-1\n"])
def test_what_scanners_put_behind_a_pdf_is_harmless(behind: bytes):
    assert find_damage(Original(1, "pdf", a_pdf() + behind)) == ()


@pytest.mark.parametrize("kind", ["txt", "docx", "xls", "heic", "unknown"])
def test_what_we_cannot_read_is_not_doubted(kind: str):
    assert find_damage(Original(1, kind, b"anything")) == ()


@pytest.mark.parametrize("pixels", [MAX_PIXELS + 10_000, 10**8, 2 * 10**8])
def test_more_pixels_than_any_receipt_has_are_not_looked_at_and_no_library_warns_of_them(pixels: int):
    bomb = a_fax(10_000, pixels // 10_000)
    assert find_damage(Original(1, "tiff", bomb)) == ()
    with pytest.raises(ExcessiveSize):
        check_size(bomb, "tiff")
