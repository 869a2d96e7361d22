"""Who calls, and what comes of it: a desk a caller, a line a call, no secret in any answer."""

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.mcpserver.exceptions import ToolError

from hushflake.knowledge.base import Base, Definitions
from hushflake.knowledge.errors import KnowledgeMistakeError, UnreadableError

from .about import About
from .audit import Audit
from .callers import LOCAL, Caller
from .desk import Desk
from .texts import readable

AnswerT = TypeVar("AnswerT")
_log = logging.getLogger(__name__)


class FailedError(ToolError):
    """Nothing that the caller could put right."""


@dataclass
class Service:
    """One server: the desks of its callers, and the audit.

    The account is asked for the first time when somebody calls, or by `warm`: a client that starts
    the server gets its first answer at once, and a server without a stack says why.

    Attributes:
        about: The project, and what is said of it.
        audit: Where calls are noted.
        callers: Who may call over HTTP; empty: stdio, and whoever started the process.
        trace: Receives every SQL statement.
    """

    about: About
    audit: Audit
    callers: tuple[Caller, ...] = ()
    trace: Callable[[str], None] | None = None
    _base: Base | None = None
    _desks: dict[str, Desk] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def definitions(self) -> Definitions:
        return self.about.definitions

    def base(self) -> Base:
        """Return the base whose session is the operator's; opened by the first call.

        Raises:
            Exception: What `Definitions.connect` raises; the next call tries again.
        """
        with self._lock:
            if self._base is None:
                try:
                    self._base = self.definitions.connect(self.trace)
                except Exception as error:
                    raise _NotOpenedError(error) from error
            return self._base

    def desk(self, caller: Caller) -> Desk:
        """Return the desk of a caller; calls come from several threads."""
        base = self.base()
        with self._lock:
            if caller.name not in self._desks:
                self._desks[caller.name] = Desk(base.fork(), caller)
            return self._desks[caller.name]

    def warm(self) -> None:
        """Connect before the first call does; what goes wrong is for that call to say."""
        with suppress(Exception):
            if self.callers:
                self.base()
            else:
                self.desk(LOCAL).run(Desk.connect)

    def caller(self) -> Caller:
        """Return who is calling.

        Raises:
            ToolError: Nobody that is known.
        """
        if not self.callers:
            return LOCAL
        token = get_access_token()
        for caller in self.callers:
            if token is not None and caller.name == token.client_id:
                return caller
        raise ToolError("not signed in")

    def call(
        self, tool: str, arguments: dict[str, Any], work: Callable[[Desk], AnswerT]
    ) -> AnswerT:
        """Run a tool; note it; name the caller's mistakes and hide everything else.

        Raises:
            ToolError: What the caller may know.
        """
        return self.noted(tool, arguments, lambda caller: self.desk(caller).run(work))

    def noted(
        self, tool: str, arguments: dict[str, Any], work: Callable[[Caller], AnswerT]
    ) -> AnswerT:
        """Do work for the caller, and note how it ended.

        Raises:
            ToolError: What the caller may know.
        """
        caller = self.caller()
        started = perf_counter()
        outcome, number = "failed", ""
        try:
            answer = work(caller)
            outcome = "ok"
            return answer
        except UnreadableError as error:
            outcome = "refused"
            raise ToolError(readable(self._unreadable(error, caller))) from None
        except KnowledgeMistakeError as error:
            outcome = "refused"
            raise ToolError(readable(error.public)) from None
        except Exception as error:
            number = secrets.token_hex(4)
            _log.error("%s: %s [%s]", tool, _fault(error), number)
            raise FailedError(f"{tool} failed; see the server log for {number}") from None
        finally:
            seconds = perf_counter() - started
            self.audit.add(caller.name, tool, arguments, outcome, seconds, failure=number)

    def _unreadable(self, error: UnreadableError, caller: Caller) -> str:
        """Say whether nothing is applied or the role has no grant, and what to do about it."""
        if self._is_granted_to_operator(error):
            what = error.entities[0] if len(error.entities) == 1 else "any of these entities"
            return (
                f"the role of this caller has no grant to read {what}: ask the operator of the "
                "server for it"
            )
        if caller is not LOCAL:
            return (
                f"nothing is applied on the stack {error.stack} yet: its operator has to run "
                f"hushflake apply --stack {error.stack}"
            )
        project = self.definitions.project
        where = "" if project.is_shipped else f" --project {project.root}"
        return (
            f"nothing is applied on the stack {error.stack} yet. Run this command, then ask again: "
            f"hushflake apply --stack {error.stack}{where}"
            if error.is_missing
            else error.public
        )

    def _is_granted_to_operator(self, error: UnreadableError) -> bool:
        base = self.base()
        with self._lock, suppress(Exception):
            return any(base.access.can_read(base.entity(name)) for name in error.entities)
        return False

    def close(self) -> None:
        """End every session and the audit."""
        for desk in self._desks.values():
            desk.close()
        if self._base is not None:
            self._base.session.close()
        self.audit.close()


class _NotOpenedError(Exception):
    """The account could not be reached at all; its text is what the command line would print."""

    def __init__(self, cause: Exception) -> None:
        self.cause = cause
        super().__init__(str(cause) if hasattr(cause, "exit_code") else "")


def _fault(error: Exception) -> str:
    """What the operator's log may hold: no message, which may quote data, but how to look it up.

    Why a stack could not be opened at all is said: nobody's data is in it yet.
    """
    if isinstance(error, _NotOpenedError):
        text = str(error)
        return f"{type(error.cause).__qualname__}: {text}" if text else _fault(error.cause)
    facts = [
        f"{name} {value}"
        for name in ("code", "state", "status", "query_id", "request_id")
        if (value := getattr(error, name, None))
    ]
    return ", ".join([type(error).__qualname__, *facts])


@contextmanager
def service_of(
    about: About,
    audit_file: Path,
    callers: tuple[Caller, ...] = (),
    trace: Callable[[str], None] | None = None,
) -> Iterator[Service]:
    """Make a service and close it at the end."""
    service = Service(about, Audit(audit_file), callers, trace)
    try:
        yield service
    finally:
        service.close()
