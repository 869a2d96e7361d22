"""Audit records as OpenTelemetry log records (extra `otel`).

They go to the logger provider that the application set up; attribute names are the records' own,
which are OpenTelemetry's stable `code.*` names where such exist.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ConfigError

_LATE = {"config.denied", "config.failed", "config.stale", "config.source_failed"}


def require() -> None:
    """Raise a ConfigError when the extra is not installed."""
    from importlib.util import find_spec

    if find_spec("opentelemetry") is None:
        raise ConfigError("otel: OpenTelemetry is not installed: pip install 'hushflake[otel]'")


class OtelSink:
    """Emits one log record for each audit record."""

    def __init__(self, resource: Mapping[str, str]) -> None:
        from opentelemetry._logs import get_logger

        self._logger = get_logger("hushflake.config")
        self._resource = dict(resource)

    def write(self, records: Sequence[dict[str, Any]]) -> None:
        """Emit the records."""
        from opentelemetry._logs import LogRecord, SeverityNumber

        for record in records:
            facts = {**self._resource, **record}
            event = facts.pop("event")
            moment = facts.pop("time", None) or time.time()
            late = event in _LATE
            self._logger.emit(
                LogRecord(
                    timestamp=int(moment * 1e9),
                    severity_number=SeverityNumber.WARN if late else SeverityNumber.INFO,
                    severity_text="WARN" if late else "INFO",
                    body=f"{event} {facts.get('key', '')}".strip(),
                    attributes=facts,
                    event_name=event,
                )
            )

    def close(self) -> None:
        """The provider belongs to the application."""

    def forget(self) -> None:
        """Nothing is open."""
