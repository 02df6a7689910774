"""JSON as Tryton writes it: what JSON does not know is an object with a `__class__`."""

import base64
import json
from datetime import date
from decimal import Decimal


def packed(value: object) -> str:
    """For query strings and headers."""
    return base64.urlsafe_b64encode(json.dumps(value, default=tagged).encode()).decode()


def tagged(value: object) -> dict[str, object]:
    """What JSON does not know, in Tryton's way."""
    match value:
        case Decimal():
            return {"__class__": "Decimal", "decimal": str(value)}
        case date():
            return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
        case bytes():
            return {"__class__": "bytes", "base64": base64.b64encode(value).decode()}
        case _:
            raise TypeError(type(value).__name__)


def untagged(found: dict[str, object]) -> object:
    """For each object of an answer; those of other classes stay as they are."""
    match found:
        case {"__class__": "Decimal", "decimal": str(digits)}:
            return Decimal(digits)
        case {"__class__": "date", "year": int(year), "month": int(month), "day": int(day)}:
            return date(year, month, day)
        case {"__class__": "bytes", "base64": str(text)}:
            return base64.b64decode(text)
        case _:
            return found
