"""Fitting files to what the accounting system takes: as it is, else as PDF, else reduced, else as ZIP."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile, ZipInfo

from integration.accounting import FileRules, ReceiptFile
from integration.attachments.images import IMAGES, REDUCTIONS, reduce_pages
from integration.attachments.kinds import Original, find_accepted_suffix
from integration.attachments.printing import Unprintable, print_to_pdf, raising_unprintable
from integration.bookkeeping.vouchers import Decision
from integration.errors import Refused
from integration.errors.items import ReceiptNotConvertible, ReceiptsTooLarge, ReceiptTooLarge

Originals = tuple[Original, ...]


@dataclass(frozen=True, slots=True)
class FileForm:
    """One way to hand files over; `reduced` if something is lost by it."""

    suffix: str
    content: bytes
    reduced: bool = False


class CannotFit(Exception):
    """The accounting system cannot take the files because of the one at `position`; `refusal` says why."""

    def __init__(self, position: int, refusal: Refused) -> None:
        super().__init__(position)
        self.position, self.refusal = position, refusal


def fit(originals: Originals, rules: FileRules) -> tuple[ReceiptFile, tuple[Decision, ...]]:
    """One file of one or several. Raises `Unfit`."""
    form = _find_fitting_form(originals, rules)
    name = f"receipt-{originals[0].position}.{form.suffix}"
    file = ReceiptFile(name, form.content, sha256(form.content).hexdigest())
    return file, (_reduction_decision(originals),) if form.reduced else ()


def format_megabytes(number: int) -> str:
    """For people: `3`, `2.5`."""
    return f"{round(number / 2**20, 1):g}"


def _find_fitting_form(originals: Originals, rules: FileRules) -> FileForm:
    obstacle: CannotFit | None = None
    for forms in (_try_as_is, _try_as_pdf, _try_reduced, _try_as_zip):
        try:
            for form in forms(originals, rules):
                if len(form.content) <= rules.max_bytes:
                    return form
                obstacle = _build_too_large(originals, rules)
        except Unprintable as unprintable:
            obstacle = obstacle or _build_not_convertible(unprintable.original)
    raise obstacle or _build_not_convertible(originals[-1])


def _try_as_is(originals: Originals, rules: FileRules) -> Iterator[FileForm]:
    suffix = find_accepted_suffix(originals[0].kind, rules.kinds)
    if len(originals) == 1 and suffix:
        yield FileForm(suffix, originals[0].content)


def _try_as_pdf(originals: Originals, rules: FileRules) -> Iterator[FileForm]:
    if "pdf" in rules.kinds and (len(originals) > 1 or originals[0].kind in IMAGES):
        yield FileForm("pdf", print_to_pdf(originals))


def _try_reduced(originals: Originals, rules: FileRules) -> Iterator[FileForm]:
    """A single picture stays a JPEG where the system takes it."""
    jpg = find_accepted_suffix("jpg", rules.kinds)
    for reduction in REDUCTIONS if any(original.kind in IMAGES for original in originals) else ():
        pictures = []
        if len(originals) == 1 and jpg:
            with raising_unprintable(originals[0]):
                pictures = reduce_pages(originals[0].content, originals[0].kind, reduction)
        if len(pictures) == 1 and jpg:
            yield FileForm(jpg, pictures[0], reduced=True)
        elif "pdf" in rules.kinds:
            yield FileForm("pdf", print_to_pdf(originals, reduction), reduced=True)


def _try_as_zip(originals: Originals, rules: FileRules) -> Iterator[FileForm]:
    """Stored, not compressed: the bytes are then the same with every version of the library."""
    if "zip" in rules.kinds:
        stream = BytesIO()
        with ZipFile(stream, "w") as archive:
            for original in originals:
                entry = ZipInfo(f"receipt-{original.position}.{original.kind}")
                entry.create_system = 3
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, original.content)
        yield FileForm("zip", stream.getvalue())


def _build_too_large(originals: Originals, rules: FileRules) -> CannotFit:
    """Of several it is the largest: without it most of the others have room."""
    refusal = ReceiptTooLarge if len(originals) == 1 else ReceiptsTooLarge
    position = max(originals, key=lambda original: len(original.content)).position
    return CannotFit(position, refusal(position=position, limit=format_megabytes(rules.max_bytes)))


def _build_not_convertible(original: Original) -> CannotFit:
    return CannotFit(original.position, ReceiptNotConvertible(position=original.position, kind=original.kind))


def _reduction_decision(originals: Originals) -> Decision:
    positions = ", ".join(str(original.position) for original in originals)
    return Decision(
        "attachment_reduced",
        f"Images have less detail than in Pleo (file {positions}): the accounting system takes them in no other way.",
    )
