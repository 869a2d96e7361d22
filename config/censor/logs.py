"""Logging without secrets: a handler around a handler.

It sits at the handler, not at a logger: a logger's filter does not see the records of the loggers
below it. And it censors what was formatted, because a traceback is no part of the message.
"""

import copy
import logging
import sys
from typing import Any

from .redact import Redactor


class _RedactingFormatter(logging.Formatter):
    """Censors what another formatter made."""

    def __init__(self, inner: logging.Formatter, redactor: Redactor) -> None:
        super().__init__()
        self.inner = inner
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor(self.inner.format(record))


class RedactingHandler(logging.Handler):
    """Passes records on to `inner`, with every known secret in them replaced.

    The message with its arguments, the traceback, the stack and text attributes (`extra=`) are
    censored in a copy of the record, for handlers that do not format; and the formatted line is
    censored again. Other handlers still get the record as it was.
    """

    def __init__(self, inner: logging.Handler, redactor: Redactor | None = None) -> None:
        super().__init__(inner.level)
        self.inner = inner
        self._redactor = redactor or Redactor()
        plain = inner.formatter or logging.Formatter()
        if not isinstance(plain, _RedactingFormatter):
            inner.setFormatter(_RedactingFormatter(plain, self._redactor))

    def emit(self, record: logging.LogRecord) -> None:
        """Censor a copy of the record and pass it on."""
        try:
            censored = self._censored(record)
        except Exception as error:
            # `handleError` would print the arguments and the text of the error: both may be it.
            if logging.raiseExceptions and sys.stderr:
                place = f"{record.pathname}:{record.lineno}"
                sys.stderr.write(f"{place}: log record not shown ({type(error).__name__})\n")
            return
        self.inner.handle(censored)

    def _censored(self, record: logging.LogRecord) -> logging.LogRecord:
        censored = copy.copy(record)
        censored.msg, censored.args = self._redactor(record.getMessage()), None
        if record.exc_info:
            formatter = self.inner.formatter or logging.Formatter()
            inner = getattr(formatter, "inner", formatter)
            censored.exc_text = self._redactor(inner.formatException(record.exc_info))
            censored.exc_info = None
        elif record.exc_text:
            censored.exc_text = self._redactor(record.exc_text)
        if record.stack_info:
            censored.stack_info = self._redactor(record.stack_info)
        for name, value in vars(censored).items():
            if isinstance(value, str):
                setattr(censored, name, self._redactor(value))
            elif name not in _STANDARD:
                setattr(censored, name, self._deep(value))
        return censored

    def _deep(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._redactor(value)
        if isinstance(value, dict):
            return {self._deep(name): self._deep(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._deep(inner) for inner in value]
        return value

    def flush(self) -> None:
        """Flush the handler inside."""
        self.inner.flush()

    def close(self) -> None:
        """Close the handler inside."""
        self.inner.close()
        super().close()


_STANDARD = frozenset(vars(logging.makeLogRecord({})))


def redact_logging(logger: logging.Logger | str | None = None) -> int:
    """Put a `RedactingHandler` around every handler of a logger; returns how many.

    Call it after logging was set up. Handlers that are wrapped already stay as they are.

    Args:
        logger: A logger or its name; without one, the root and every logger with handlers.
    """
    if logger is None:
        known = [logging.getLogger(name) for name in logging.root.manager.loggerDict]
        return sum(map(redact_logging, [logging.getLogger(), *known]))
    found = logging.getLogger(logger) if isinstance(logger, str) else logger
    plain = [handler for handler in found.handlers if not isinstance(handler, RedactingHandler)]
    for handler in plain:
        found.removeHandler(handler)
        found.addHandler(RedactingHandler(handler))
    return len(plain)
