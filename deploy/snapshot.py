"""An account in a file: what `capture` writes and `plan --against` reads."""

from pathlib import Path
from typing import Any

from hushflake.schema.compile import without_collector
from hushflake.schema.state import State

from .applied import Applied
from .errors import MistakeError
from .files import read_document
from .planning import Planner
from .session import Session


def take_snapshot(planner: Planner, session: Session) -> dict[str, Any]:
    """Return the document `hushflake.snapshot/1` of a stack, with what was applied last."""
    applied = planner.read_applied(session)
    actual = planner.look(session, planner.desired(), applied, everything=True)
    return {**actual.to_plain(), "applied": applied.settle(actual).to_plain()}


@without_collector()
def read_snapshot(path: Path) -> tuple[State, Applied]:
    """Read what `take_snapshot` made.

    Raises:
        MistakeError: Not a file, or not a snapshot.
    """
    document = read_document(path, "snapshot", "hushflake capture FILE")
    try:
        applied = document.get("applied")
        return State.from_plain(document), Applied.from_plain(applied) if applied else Applied()
    except (KeyError, TypeError, ValueError) as error:
        raise MistakeError(f"{path}: this is not a snapshot: {error}") from None
