"""The texts of a voucher, fitted to what an accounting system holds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TextLimits:
    """Characters that a system holds in each field; `None` is any number."""

    text: int | None = None
    ids: int | None = None
    attendees: int | None = None
