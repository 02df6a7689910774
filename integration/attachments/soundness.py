"""Whether a file is whole, as far as that is cheap to see.

A doubt never costs the voucher: readers differ, and what one cannot open another can. It is written down, so that
somebody looks.
"""

from integration.attachments.images import IMAGES, ExcessiveSize, decode
from integration.attachments.kinds import HEAD_BYTES, Original
from integration.attachments.printing import Unprintable, raising_unprintable
from integration.bookkeeping.vouchers import Decision

#: What mail and scanners put behind the end of a PDF.
PADDING = b"\0 \t\r\n"


def find_damage(original: Original) -> tuple[Decision, ...]:
    """Only about kinds that we can read: images to the last pixel, and PDFs for their end."""
    if _is_intact(original):
        return ()
    text = f"File {original.position} ({original.kind}) looks damaged. Open it in Pleo, and attach it anew if it is."
    return (Decision("attachment_damaged", text),)


def _is_intact(original: Original) -> bool:
    if original.kind == "pdf":
        return b"%%EOF" in original.content.rstrip(PADDING)[-HEAD_BYTES:]
    if original.kind not in IMAGES:
        return True
    try:
        with raising_unprintable(original):
            decode(original.content, original.kind)
    except Unprintable as unreadable:
        return isinstance(unreadable.__cause__, ExcessiveSize)  # too large to look at, which says nothing
    return True
