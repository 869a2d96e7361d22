"""What reaches the server's log, standard error: our own lines, made harmless, and little else."""

import logging

from hushflake.terminal.escape import visible

_OURS = "hushflake"


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes our records; of other libraries' only that something failed, without their text.

    Their warnings are for developers, and their texts and tracebacks may hold rows, arguments and
    tokens.
    """

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(_OURS) or record.levelno >= logging.ERROR:
            super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        if record.name.startswith(_OURS):
            return f"hushflake: {visible(record.getMessage())}"
        kind = record.exc_info[0] if record.exc_info else None
        failure = f" ({kind.__qualname__})" if kind is not None else ""
        return f"hushflake: {record.name} reports an error{failure}"


def log_to_stderr() -> None:
    """Take over the logging of this process.

    A root logger with a handler also keeps the SDK from adding its own, which prints everything.
    """
    root = logging.getLogger()
    root.handlers[:] = [_Handler()]
    root.setLevel(logging.WARNING)
