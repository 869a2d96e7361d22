"""What a session's warehouse says: whether there is one, and how long a statement may take."""

from ..engine.catalogue import ACCOUNT_ID
from ..language.errors import SqlError
from .session import Session

# What 0 means, in seconds: seven days.
_LONGEST = 604_800.0
_TASK_TIMEOUT = 3600.0


def require_warehouse(session: Session) -> None:
    """Fail unless a warehouse is chosen that the role may use (000606)."""
    if session.task is not None and "WAREHOUSE" not in session.task.body.get("properties", {}):
        return
    chosen = session.place.warehouse
    found = session.engine.catalogue.find("WAREHOUSE", ACCOUNT_ID, chosen) if chosen else None
    if found is None or not session.identity.allows("USAGE", found):
        raise SqlError(
            "No active warehouse selected in the current session. Select an active warehouse "
            "with the 'use warehouse' command.",
            606,
            "57P03",
        )


def statement_timeout(session: Session) -> float:
    """Return the seconds that a statement may take: the least that session or warehouse say.

    A task's own limit comes before both.
    https://docs.snowflake.com/en/sql-reference/parameters#statement-timeout-in-seconds
    """
    limits = [float(session.settings.parameter("STATEMENT_TIMEOUT_IN_SECONDS"))]
    if session.task is not None:
        held = session.task.body.get("properties", {})
        own = float(held.get("USER_TASK_TIMEOUT_MS", 0)) / 1000
        if own:
            return own
        limits += [float(held.get("STATEMENT_TIMEOUT_IN_SECONDS", 0)), _TASK_TIMEOUT]
    if session.place.warehouse:
        found = session.engine.catalogue.find("WAREHOUSE", ACCOUNT_ID, session.place.warehouse)
        held = found.body.get("properties", {}) if found is not None else {}
        limits.append(float(held.get("STATEMENT_TIMEOUT_IN_SECONDS", 0)))
    return min((limit for limit in limits if limit), default=_LONGEST)
