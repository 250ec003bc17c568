"""The log: lines on standard error, as text or as JSON, with real time in UTC."""

from __future__ import annotations

import json
import logging
import sys
import time

from passplan.domain.text import escaped


def log_to_stderr(form: str = "text") -> None:
    """Write log lines to standard error.

    Args:
        form: "text", or "json": an object a line, with `at`, `level`, `logger`, `text` and the fields of the line.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter() if form == "json" else _TextFormatter())
    log = logging.getLogger("passplan")
    log.handlers = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False


class _TextFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- the name of logging
        """A line, whatever a message quotes."""
        record.message = escaped(record.message)
        return super().formatMessage(record)


class _JsonFormatter(_TextFormatter):
    def format(self, record: logging.LogRecord) -> str:
        """An object in one line."""
        at = f"{self.formatTime(record, self.datefmt)}.{record.msecs:03.0f}Z"
        line = {"at": at, "level": record.levelname, "logger": record.name, "text": record.getMessage()}
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps({k: escaped(v) if k == "text" else v for k, v in line.items()}, ensure_ascii=True)
