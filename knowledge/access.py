"""Which entities a session may read: an answer over many leaves the others out, and names them.

An account answers the same to an object that is not there and to one that the role may not see, so
that nobody learns of it. A statement over all entities fails as a whole when one of them cannot be
read; each is then tried alone.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from hushflake.deploy.errors import StatementError
from hushflake.deploy.session import Session
from hushflake.schema.model import Entity
from hushflake.schema.project import Stack

from .errors import UnreadableError

# 002003: does not exist or not authorized; 003001: seen, but without the privilege.
UNREADABLE_CODES: Final = frozenset({2003, 3001})
_REMEMBERED: Final = 60.0  # seconds until a grant that came meanwhile is noticed

ResultT = TypeVar("ResultT")


class Access:
    """What one session was refused, remembered for a minute."""

    def __init__(self, session: Session, stack: Stack) -> None:
        self._session = session
        self._stack = stack
        self._refused: dict[str, float] = {}

    def over(
        self, entities: Sequence[Entity], work: Callable[[tuple[Entity, ...]], ResultT]
    ) -> tuple[ResultT, tuple[str, ...]]:
        """Do `work` over those of the entities that can be read.

        Args:
            entities: At least one. The chunks of an entity may be one of their own, behind it:
                without them it is read without its passages.
            work: Reads them all; called again without the unreadable ones when it is refused.

        Returns:
            Its result, and the names of the entities that were left out.

        Raises:
            UnreadableError: None of them can be read.
            StatementError: The account refused the statement for another reason.
        """
        readable = _with_parents(e for e in entities if not self._is_known_as_refused(e))
        if readable:
            try:
                return work(readable), _others(entities, readable)
            except StatementError as error:
                if error.code not in UNREADABLE_CODES:
                    raise
                tried = _with_parents(entity for entity in readable if self.can_read(entity))
                if tried == readable:
                    raise
                readable = tried
        else:
            # What was refused may have been applied or granted a moment ago.
            readable = _with_parents(entity for entity in entities if self.can_read(entity))
        if not readable:
            raise self.unreadable(entities)
        return work(readable), _others(entities, readable)

    def can_read(self, entity: Entity) -> bool:
        """Try an entity.

        Raises:
            StatementError: Refused for another reason than that it is missing or not granted.
        """
        try:
            self._session.query(f"SELECT 1 FROM {entity.table.sql} LIMIT 0")
        except StatementError as error:
            if error.code not in UNREADABLE_CODES:
                raise
            self._refused[entity.name] = time.monotonic()
            return False
        self._refused.pop(entity.name, None)
        return True

    def unreadable(self, entities: Sequence[Entity]) -> UnreadableError:
        """Return the error that says so."""
        names = [entity.name for entity in entities if _is_asked(entity, entities)]
        return UnreadableError(names, self._stack.name, self._sees_everything())

    def explanation(self, entities: Sequence[Entity]) -> UnreadableError | None:
        """Return why a statement about the entities was refused, if none of them can be read."""
        if not entities or any(self.can_read(entity) for entity in entities):
            return None
        return self.unreadable(entities)

    def forget(self) -> None:
        """The session works with another role from now on."""
        self._refused.clear()

    def _is_known_as_refused(self, entity: Entity) -> bool:
        moment = self._refused.get(entity.name)
        return moment is not None and time.monotonic() - moment < _REMEMBERED

    def _sees_everything(self) -> bool:
        """The owner of a local stack signs in as its administrator, unless a role was taken."""
        return self._stack.is_local and not any(
            sql.startswith("USE ROLE") for sql in self._session.setup
        )


def left_out_note(names: Sequence[str]) -> str:
    """Return what an answer says about the entities that it leaves out."""
    verb, them = ("was", "it") if len(names) == 1 else ("were", "them")
    return (
        f"{', '.join(names)} {verb} left out: not applied yet, or your role has no grant on {them}"
    )


def _with_parents(entities: Iterable[Entity]) -> tuple[Entity, ...]:
    """Return the entities; chunks only beside their rows."""
    every = tuple(entities)
    return tuple(e for e in every if e.parent is None or _is_among(e.parent, every))


def _is_asked(entity: Entity, entities: Sequence[Entity]) -> bool:
    """Chunks that are asked for with their rows need not be named beside them."""
    return entity.parent is None or not _is_among(entity.parent, entities)


def _is_among(entity: Entity, entities: Sequence[Entity]) -> bool:
    return any(other.name == entity.name for other in entities)


def _others(entities: Sequence[Entity], readable: Sequence[Entity]) -> tuple[str, ...]:
    names = {entity.name for entity in readable}
    left_out = [entity for entity in entities if entity.name not in names]
    return tuple(entity.name for entity in left_out if _is_asked(entity, left_out))
