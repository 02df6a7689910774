"""Files as the accounting system takes them. All samples are made here, as small as they can be."""

import logging
from hashlib import sha256
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter

from integration.accounting import FileRules, ReceiptFile
from integration.attachments.fit import CannotFit, fit
from integration.attachments.images import IMAGES, MAX_PAGES, ExcessiveSize, check_size
from integration.attachments.kinds import Original

EVERYTHING = frozenset({"pdf", "jpg", "png", "gif", "heic", "docx", "xlsx", "txt", "xml"})
PDF, PDF_OR_ZIP = frozenset({"pdf"}), frozenset({"pdf", "zip"})
NOISE = Image.effect_noise((300, 200), 80)


def image(picture=NOISE, form="JPEG", **options):
    stream = BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def fax(width, height, pages=1):
    """Few bytes for many pixels."""
    page = Image.new("1", (width, height))
    return image(page, "TIFF", compression="group4", save_all=True, append_images=[page] * (pages - 1))


def pdf(*widths):
    """One empty page of each width, so that pages can be told apart."""
    document = PdfWriter()
    for width in widths:
        document.add_blank_page(width, 100)
    stream = BytesIO()
    document.write(stream)
    return stream.getvalue()


def handmade_pdf(kids="3 0 R", count=1, trailer=""):
    """A PDF of which every lie can be told."""
    content, places = "%PDF-1.4\n", []
    for number, thing in enumerate(
        [
            "/Type/Catalog/Pages 2 0 R",
            f"/Type/Pages/Count {count}/Kids[{kids}]",
            "/Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]",
        ],
        1,
    ):
        places.append(len(content))
        content += f"{number} 0 obj<<{thing}>>endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer<</Size 4/Root 1 0 R{trailer}>>\nstartxref\n{len(content)}\n%%EOF"
    return (content + f"xref\n0 4\n0000000000 65535 f \n{table}" + end).encode()


ENCRYPTED = handmade_pdf(
    trailer=f"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O({'o' * 32})/U({'u' * 32})>>/ID[(1)(1)]",
)
JPG, PNG = image(), image(form="PNG")


def originals(*files):
    return tuple(Original(position, kind, content) for position, (kind, content) in enumerate(files, start=1))


def fitted(*files, kinds=PDF, max_bytes=2**20, allows_several=False):
    return fit(originals(*files), FileRules(kinds, max_bytes, allows_several=allows_several))


def widths(content):
    return [round(page.mediabox.width) for page in PdfReader(BytesIO(content)).pages]


def names(content):
    with ZipFile(BytesIO(content)) as archive:
        return archive.namelist()


UNTOUCHED = {
    "a PDF": ("pdf", pdf(50)),
    "an encrypted PDF": ("pdf", ENCRYPTED),
    "a broken PDF": ("pdf", b"%PDF-1.4 and then nothing"),
    "a photo": ("jpg", JPG),
    "a screenshot": ("png", PNG),
    "a Word document": ("docx", b"PK\x03\x04word/"),
    "a text": ("txt", b"2 coffees"),
    "an XML invoice": ("xml", b"<?xml?><Invoice/>"),
    "an iPhone photo where the system takes those": ("heic", b"\0\0\0\x18ftypheic"),
}


@pytest.mark.parametrize(("kind", "content"), UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_the_system_takes_stays_as_it_is(kind, content):
    file, decisions = fitted((kind, content), kinds=EVERYTHING)
    assert file == ReceiptFile(f"receipt-1.{kind}", content, sha256(content).hexdigest())
    assert decisions == ()


PRINTED = {
    "a photo": ("jpg", JPG, 1),
    "a photo in CMYK": ("jpg", image(NOISE.convert("CMYK")), 1),
    "a photo with a second picture behind it": ("jpg", image(form="MPO", save_all=True, append_images=[NOISE]), 1),
    "a screenshot": ("png", PNG, 1),
    "a screenshot with transparency": ("png", image(NOISE.convert("RGBA"), "PNG"), 1),
    "a screenshot with a palette": ("png", image(NOISE.convert("P"), "PNG", transparency=0), 1),
    "a GIF": ("gif", image(NOISE.convert("P"), "GIF"), 1),
    "a fax": ("tiff", image(NOISE.convert("1"), "TIFF", compression="group4"), 1),
    "a scan of two pages": ("tiff", image(form="TIFF", save_all=True, append_images=[NOISE]), 2),
    "a WebP": ("webp", image(form="WEBP"), 1),
}


@pytest.mark.parametrize(("kind", "content", "pages"), PRINTED.values(), ids=PRINTED)
def test_an_image_that_the_system_does_not_take_becomes_a_pdf_without_loss(kind, content, pages):
    file, decisions = fitted((kind, content))
    assert file.name == "receipt-1.pdf"
    assert len(widths(file.content)) == pages
    assert decisions == ()


def test_a_photo_is_in_the_pdf_byte_for_byte():
    assert JPG in fitted(("jpg", JPG))[0].content


def test_an_image_that_cannot_be_printed_without_loss_is_printed_with_loss_and_said_so():
    file, (decision,) = fitted(("tiff", image(NOISE.convert("I;16"), "TIFF")))
    assert file.name == "receipt-1.pdf"
    assert decision.code == "attachment_reduced"


def test_several_files_become_one_pdf_in_their_order():
    file, decisions = fitted(("pdf", pdf(50, 60)), ("jpg", JPG), ("pdf", pdf(70)))
    assert file.name == "receipt-1.pdf"
    assert widths(file.content) == [50, 60, 842, 70]
    assert decisions == ()


def test_what_cannot_be_printed_goes_into_a_zip_with_the_others_in_their_order():
    file, _ = fitted(("jpg", JPG), ("docx", b"PK"), ("pdf", ENCRYPTED), kinds=PDF_OR_ZIP)
    assert file.name == "receipt-1.zip"
    assert names(file.content) == ["receipt-1.jpg", "receipt-2.docx", "receipt-3.pdf"]


UNPRINTABLE = {
    "a Word document": ("docx", b"PK"),
    "an iPhone photo": ("heic", b"\0\0\0\x18ftypheic"),
    "PostScript": ("ps", b"%!PS"),
    "an encrypted PDF": ("pdf", ENCRYPTED),
    "a broken PDF": ("pdf", b"%PDF-1.4 and then nothing"),
    "a PDF without pages": ("pdf", handmade_pdf(kids="", count=0)),
    "a PDF that has lost a page": ("pdf", handmade_pdf(kids="3 0 R 9 0 R", count=2)),
    "a PDF whose pages go in circles": ("pdf", handmade_pdf(kids="3 0 R 2 0 R", count=2)),
    "a broken photo": ("jpg", JPG[:20]),
    "a photo that is none": ("jpg", b"\xff\xd8\xff and then nothing"),
    "an image of 81 million pixels": ("png", image(Image.new("1", (9000, 9000)), "PNG")),
    "an image of which Pillow itself warns": ("tiff", fax(10_000, 10_000)),
    "a scan of 255 million pixels on six pages": ("tiff", fax(6500, 6550, pages=6)),
}


@pytest.mark.parametrize("unprintable", UNPRINTABLE.values(), ids=UNPRINTABLE)
def test_what_cannot_be_printed_is_named_where_a_zip_is_not_taken(unprintable):
    with pytest.raises(CannotFit) as unfit:
        fitted(("pdf", pdf(50)), unprintable, ("pdf", pdf(60)))
    assert unfit.value.position == 2
    assert unfit.value.refusal.code == "receipt_not_convertible"
    assert f"File 2 ({unprintable[0]})" in str(unfit.value.refusal)


def test_thousands_of_pages_are_not_merged():
    half = pdf(*[50] * (MAX_PAGES // 2))
    assert len(widths(fitted(("pdf", half), ("pdf", half))[0].content)) == MAX_PAGES
    with pytest.raises(CannotFit) as unfit:
        fitted(("pdf", half), ("pdf", half), ("pdf", pdf(50)))
    assert unfit.value.position == 3


def test_thousands_of_tiny_images_in_one_file_are_not_counted_to_their_end():
    film = [Image.new("L", (1, 1), number % 2) for number in range(MAX_PAGES + 1)]
    check_size(image(film[0], "GIF", save_all=True, append_images=film[1:-1]), "gif")
    with pytest.raises(ExcessiveSize):
        check_size(image(film[0], "GIF", save_all=True, append_images=film[1:]), "gif")


def test_a_kind_that_the_system_does_not_take_goes_into_a_zip_or_is_refused():
    assert names(fitted(("docx", b"PK"), kinds=PDF_OR_ZIP)[0].content) == ["receipt-1.docx"]
    with pytest.raises(CannotFit) as unfit:
        fitted(("docx", b"PK"))
    assert unfit.value.refusal.code == "receipt_not_convertible"


def test_two_files_where_neither_pdf_nor_zip_is_taken_are_refused():
    with pytest.raises(CannotFit) as unfit:
        fitted(("jpg", JPG), ("jpg", JPG), kinds=frozenset({"jpg"}))
    assert unfit.value.position == 2


def test_the_limit_itself_still_fits():
    content = pdf(50)
    assert fitted(("pdf", content), max_bytes=len(content))[0].content == content


def test_a_pdf_above_the_limit_is_refused_with_the_limit():
    with pytest.raises(CannotFit) as unfit:
        fitted(("pdf", b"%PDF-" + bytes(3 * 2**20)), max_bytes=3 * 2**20, kinds=PDF_OR_ZIP)
    assert unfit.value.refusal.code == "receipt_too_large"
    assert "(3 MB)" in str(unfit.value.refusal)


def test_files_that_are_too_large_together_are_refused_as_such():
    small, large = pdf(50), pdf(60, 70)
    with pytest.raises(CannotFit) as unfit:
        fitted(("pdf", small), ("pdf", large), ("pdf", small), max_bytes=len(large))
    assert unfit.value.position == 2
    assert unfit.value.refusal.code == "receipts_too_large"


BIG = Image.effect_noise((1200, 900), 120)


@pytest.mark.parametrize(("kinds", "suffix"), [({"pdf", "jpeg", "png"}, "jpeg"), ({"pdf", "png"}, "pdf")])
def test_an_image_above_the_limit_is_made_smaller_and_said_so(kinds, suffix):
    limit = 600_000
    file, (decision,) = fitted(("png", image(BIG, "PNG")), kinds=frozenset(kinds), max_bytes=limit)
    assert file.name == f"receipt-1.{suffix}"
    assert len(file.content) <= limit
    assert decision.code == "attachment_reduced"
    assert "(file 1)" in decision.text


def test_a_scan_keeps_its_pages_when_it_is_made_smaller():
    scan = image(BIG, "TIFF", save_all=True, append_images=[BIG])
    file, _ = fitted(("tiff", scan), kinds=frozenset({"pdf", "jpg", "tiff"}), max_bytes=1_200_000)
    assert file.name == "receipt-1.pdf"
    assert len(widths(file.content)) == 2


def test_images_among_several_files_are_made_smaller():
    file, (decision,) = fitted(("pdf", pdf(50)), ("png", image(BIG, "PNG")), max_bytes=600_000)
    assert widths(file.content) == [50, 842]
    assert decision.code == "attachment_reduced"


def test_a_photo_with_a_second_picture_behind_it_stays_a_photo_when_it_is_made_smaller():
    photo = image(BIG, form="MPO", save_all=True, append_images=[BIG], quality=95)
    file, _ = fitted(("jpg", photo), kinds=frozenset({"pdf", "jpg"}), max_bytes=len(photo) // 2)
    assert file.name == "receipt-1.jpg"


@pytest.mark.parametrize("content", [JPG, b"\xff\xd8\xff, and then nothing"], ids=["a photo", "a broken photo"])
def test_an_image_that_stays_too_large_is_refused(content):
    with pytest.raises(CannotFit) as unfit:
        fitted(("jpg", content), kinds=frozenset({"pdf", "jpg"}), max_bytes=10)
    assert unfit.value.refusal.code == "receipt_too_large"


def test_a_smaller_image_is_upright_and_white_where_it_was_transparent():
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways = Image.new("RGBA", (400, 200))
    content = image(sideways, "PNG", exif=exif) + bytes(10_000)
    file, _ = fitted(("png", content), kinds=frozenset({"jpg", "png"}), max_bytes=10_000)
    with Image.open(BytesIO(file.content)) as picture:
        assert picture.size == (200, 400)
        assert picture.getpixel((0, 0)) == (255, 255, 255)


ALL_WAYS = {
    "printed": ([("png", PNG)], PDF),
    "merged": ([("pdf", pdf(50)), ("jpg", JPG), ("gif", image(NOISE.convert("P"), "GIF"))], PDF),
    "reduced": ([("tiff", image(NOISE.convert("I;16"), "TIFF"))], PDF),
    "zipped": ([("docx", b"PK"), ("jpg", JPG)], PDF_OR_ZIP),
}


@pytest.mark.parametrize(("files", "kinds"), ALL_WAYS.values(), ids=ALL_WAYS)
def test_the_same_files_give_the_same_bytes(files, kinds):
    once, again = (fitted(*files, kinds=kinds)[0] for _ in range(2))
    assert once == again
    assert once.sha256 == sha256(once.content).hexdigest()


@pytest.mark.parametrize("way", ["printed", "merged", "reduced"])
def test_a_pdf_that_we_make_has_no_dates_and_no_ids(way):
    files, kinds = ALL_WAYS[way]
    reader = PdfReader(BytesIO(fitted(*files, kinds=kinds)[0].content))
    assert not {"/CreationDate", "/ModDate"} & set(reader.metadata or {})
    assert "/ID" not in reader.trailer


def test_a_zip_that_we_make_has_a_fixed_date_and_no_compression_that_could_change():
    with ZipFile(BytesIO(fitted(("docx", b"PK"), kinds=PDF_OR_ZIP)[0].content)) as archive:
        (entry,) = archive.infolist()
    assert entry.date_time == (1980, 1, 1, 0, 0, 0)
    assert entry.create_system == 3
    assert entry.compress_type == ZIP_STORED


def test_parsers_do_not_log_what_is_in_a_file(caplog):
    caplog.set_level(logging.DEBUG)
    with pytest.raises(CannotFit):
        fitted(("pdf", handmade_pdf().replace(b"xref", b"Ada Lovelace")[:-40]), ("jpg", JPG[:400]))
    assert caplog.text == ""


BEGINNINGS = st.sampled_from([b"%PDF-1.4\n1 0 obj<<", JPG[:300], PNG[:60], b"GIF89a\x01\0\x01\0", b"II*\0\x08\0\0\0"])
MUTABLE = {"pdf": handmade_pdf(), "jpg": JPG, "png": PNG, "gif": image(NOISE.convert("P"), "GIF")}


def position_in_the_way(*files):
    try:
        fitted(*files)
    except CannotFit as unfit:
        return unfit.position
    return None


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["pdf", *IMAGES, "unknown"]), BEGINNINGS, st.binary(max_size=200))
def test_any_bytes_are_a_receipt_or_refused(kind, beginning, rest):
    assert position_in_the_way((kind, beginning + rest)) in {None, 1}
    assert position_in_the_way(("pdf", handmade_pdf()), (kind, beginning + rest)) in {None, 2}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(MUTABLE)), st.lists(st.tuples(st.integers(0, 1000), st.binary(max_size=4)), max_size=5))
def test_a_damaged_file_is_a_receipt_or_refused(kind, damages):
    content = bytearray(MUTABLE[kind])
    for place, damage in damages:
        content[place : place + len(damage)] = damage
    assert position_in_the_way((kind, bytes(content)), ("pdf", handmade_pdf())) in {None, 1}
