"""Log lines: an event's name, then its fields. Ids only; no payload, no person, no secret."""

import json
import logging
import os
from datetime import UTC, datetime

from typing_extensions import override

#: `data` is what Celery adds and `color_message` what uvicorn adds: their texts say the same.
_NOT_OURS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "data", "color_message"}


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """What was given as `extra`."""
    return {name: value for name, value in vars(record).items() if name not in _NOT_OURS}


class HumanFormatter(logging.Formatter):
    """`2026-11-22T13:55:01Z INFO item recorded job_id=… accounting_entry_id=…`."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        fields = "".join(f" {name}={value}" for name, value in fields_of(record).items())
        trace = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return f"{moment} {record.levelname} {_one_line(record.getMessage() + fields)}{trace}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "event": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line | fields_of(record), default=str)


def set_up(level: int = logging.INFO) -> None:
    """To standard error; JSON where PLEO_EXPORT_LOG_FORMAT is `json`."""
    handler = logging.StreamHandler()
    as_json = os.environ.get("PLEO_EXPORT_LOG_FORMAT") == "json"
    handler.setFormatter(JsonFormatter() if as_json else HumanFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _one_line(text: str) -> str:
    """A hostile name must not write a line of its own."""
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
