"""The connector's HTTP protocol: who may ask, sessions, and the routes of the others."""

import asyncio
import hmac
import logging
import secrets
import threading
import time

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ...engine.engine import Engine
from ...language.errors import SqlError
from ...sessions.history import History
from ...sessions.results import Results
from ...sessions.session import Session
from ...sql.staged.doors import Doors
from ...statements.running.tasks import run_due
from .answers import (
    GUEST,
    BadRequestError,
    body_of,
    failure,
    lost,
    object_of,
    refused,
    success,
)
from .connections import Connections
from .control import Control, Handler
from .jobs import Jobs
from .logins import answer_to_login, open_session
from .opened import Opened, SnapshotFiles
from .parts import Parts
from .passwords import is_shown
from .stage_doors import HttpDoors
from .statement_routes import Statements

_log = logging.getLogger("hushflake.local")
_MOST_HEADERS = 100
# How long statements that were cancelled may take to end before a snapshot.
_SNAPSHOT_SECONDS = 10.0


class Server:
    """The state behind the routes.

    Args:
        opened: The stack.
        token: The only password.
        port: Where the server listens, for the check of the Host header.
        history: Takes every statement.
        connections: Is told which connections showed the token.
        snapshots: Takes and restores snapshots of the stack's file; None where it has none.
    """

    def __init__(
        self,
        opened: Opened,
        token: str,
        port: int,
        history: History,
        connections: Connections | None = None,
        snapshots: SnapshotFiles | None = None,
    ) -> None:
        self._opened = opened
        self.last_request = time.monotonic()
        self._token = token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._connections = connections or Connections()
        self._sessions: dict[str, Session] = {}
        self._jobs = Jobs(opened, history)
        self._snapshots = snapshots
        self._snapshot_lock = threading.Lock()
        self._doors = HttpDoors(port)

    def application(self) -> Starlette:
        """Return the ASGI application."""
        routes = [
            Route("/session/v1/login-request", self._guarded(self.login), methods=["POST"]),
            Route("/session/token-request", self._guarded(self.renew), methods=["POST"]),
            Route("/session/heartbeat", self._guarded(self.alive), methods=["POST"]),
            Route("/session", self._guarded(self.end_session), methods=["POST"]),
            *Statements(self._jobs, self._session).routes(self._guarded),
            Parts(lambda: self.engine.part(Results), self._admit).route(self._guarded),
            Route("/telemetry/send", self._guarded(self.telemetry), methods=["POST"]),
            *Control(
                self._opened,
                lambda: len(self._sessions),
                self._knows_token,
                self._jobs,
                self.snapshots,
            ).routes(self._guarded),
            *self._doors.routes(self._guarded),
        ]
        routes.append(
            Route(
                "/{path:path}",
                self._guarded(self.unknown),
                methods=["GET", "POST", "PUT", "DELETE"],
            )
        )
        return Starlette(routes=routes)

    @property
    def engine(self) -> Engine:
        """The stack that is open."""
        return self._opened.engine

    def snapshots(self, action: str) -> None:
        """End every session, and take or restore a snapshot of the stack.

        Args:
            action: `take` or `restore`.

        Raises:
            BadRequestError: There is no snapshot, or a statement does not end.
        """
        if self._snapshots is None:
            raise BadRequestError("this stack has no file")
        with self._snapshot_lock:
            self._snapshots.require(action)
            sessions = dict(self._sessions)
            self._sessions.clear()
            self.engine.watch.cancel_running()
            if not self._jobs.quiet(_SNAPSHOT_SECONDS):
                raise BadRequestError("a statement does not end", 409)
            for session in sessions.values():
                session.close()
            self._snapshots.run(action)

    def cancel_all(self) -> None:
        """Cancel every statement that runs or waits."""
        self.engine.watch.cancel_all()

    def close(self, seconds: float = 0) -> bool:
        """End every session, what is open in it rolled back.

        Args:
            seconds: How long statements that were cancelled may take to end.

        Returns:
            Whether all ended, so that the engine can be closed.
        """
        self.cancel_all()
        self._jobs.close()
        deadline = time.monotonic() + seconds
        while not self.engine.watch.idle:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        for session in list(self._sessions.values()):
            session.close()
        return True

    def is_idle(self, seconds: float) -> bool:
        """Tell whether nobody asked for so long; a scheduler at work is not idle."""
        return not self.engine.settings.get("scheduler") and (
            time.monotonic() - self.last_request > seconds
        )

    async def schedule(self, seconds: float) -> None:
        """Run due tasks every so many seconds."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await asyncio.wrap_future(self._jobs.later(run_due))
            except Exception:
                _log.exception("the scheduler failed; it goes on")

    # --- guards -----------------------------------------------------------------------------------

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            headers = request.headers.raw
            if (
                len(headers) > _MOST_HEADERS
                or sum(len(name) + len(value) for name, value in headers)
                > self._connections.header_bytes
            ):
                return refused("too many headers, or too long ones", 431)
            # A page in a browser could reach loopback under a name of its own: DNS rebinding.
            if request.headers.get("host", "") not in self._hosts:
                return refused("unknown host", 403)
            if (
                self._session(request) is not None
                or self._knows_token(request)
                or self._doors.knows(request)
            ):
                self._admit(request)
            try:
                return await handler(request)
            except BadRequestError as error:
                return refused(error.message, error.status)
            except ClientDisconnect:
                # It went while it sent; nobody reads this.
                return refused("the client went", 400)

        return guarded

    def _admit(self, request: Request) -> None:
        self.last_request = time.monotonic()
        self._connections.admit(request.scope.get("client"))

    def _session(self, request: Request) -> Session | None:
        header = request.headers.get("authorization", "")
        return self._sessions.get(header.removeprefix('Snowflake Token="').removesuffix('"'))

    def _knows_token(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), self._token.encode())

    # --- sessions ---------------------------------------------------------------------------------

    async def login(self, request: Request) -> Response:
        """Check the password and open a session."""
        data = object_of((await body_of(request, GUEST)).get("data"), "data")
        object_of(data.get("SESSION_PARAMETERS"), "SESSION_PARAMETERS")
        if not is_shown(data, self._token):
            return failure(
                "Incorrect username or password was specified.",
                "390100",
                data={"authnMethod": "USERNAME_PASSWORD"},
            )
        try:
            agent = request.headers.get("user-agent", "")
            self.engine.add(Doors, self._doors)
            session = await asyncio.to_thread(
                open_session, self.engine, data, dict(request.query_params), agent
            )
        except SqlError as error:
            return failure(error.message, f"{error.code:06d}")
        self._admit(request)
        key = secrets.token_urlsafe(32)
        self._sessions[key] = session
        return success(answer_to_login(session, key))

    async def renew(self, request: Request) -> Response:
        """Answer a request for a new token: the old one stays good."""
        session = self._session(request)
        if session is None:
            return lost()
        key = next(key for key, value in self._sessions.items() if value is session)
        return success(
            {
                "sessionToken": key,
                "masterToken": secrets.token_urlsafe(32),
                "validityInSecondsST": 86_400,
                "validityInSecondsMT": 86_400,
                "sessionId": session.id,
            }
        )

    async def alive(self, request: Request) -> Response:
        """Answer a heartbeat."""
        return success(None) if self._session(request) else lost()

    async def end_session(self, request: Request) -> Response:
        """Close a session."""
        session = self._session(request)
        if session is None:
            return lost()
        if request.query_params.get("delete") == "true":
            for key in [key for key, value in self._sessions.items() if value is session]:
                del self._sessions[key]
            await asyncio.to_thread(self._close, session)
        return success(None)

    @staticmethod
    def _close(session: Session) -> None:
        with session.lock:
            session.close()

    # --- around -----------------------------------------------------------------------------------

    async def telemetry(self, request: Request) -> Response:
        """Take the connector's telemetry and forget it: nothing leaves the machine."""
        return success(None)

    async def unknown(self, request: Request) -> Response:
        """Refuse what is no part of the protocol here, and leave a trace of it."""
        if self._session(request) is not None:
            _log.warning("no route for %.10s %.200r", request.method, request.url.path)
        return failure("The local stack has no such service.", "000404")
