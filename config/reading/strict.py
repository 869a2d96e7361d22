"""Strict mode: every key that is read must be declared. For tests; see `pytest_plugin`."""

from fnmatch import fnmatchcase

from ..errors import UndeclaredKeyError
from . import known

# Patterns that hold whatever an application configures; None: no strictness but its own.
_session: tuple[str, ...] | None = None
# Kept as well as raised: code under test may swallow the exception.
violations: list[str] = []


def declare(patterns: tuple[str, ...] | None) -> None:
    """Let these patterns be declared in this process from the next `configure` on."""
    global _session  # noqa: PLW0603 - process-wide by its meaning
    _session = patterns


def session() -> tuple[str, ...] | None:
    """What `declare` was last told."""
    return _session


def allows(key: str, declared: tuple[str, ...] | None) -> bool:
    """Whether a key may be read. Without any declaration everything may."""
    patterns = [*(declared or ()), *(_session or ())]
    if (declared is None and _session is None) or key in known.names:
        return True
    return any(fnmatchcase(key, pattern) for pattern in patterns)


def refusal(key: str) -> UndeclaredKeyError:
    """The error for an undeclared key, noted as a violation."""
    violations.append(key)
    return UndeclaredKeyError(key)
