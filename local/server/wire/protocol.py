"""The connector's HTTP protocol: login, queries, results, sessions."""

import asyncio
import contextlib
import hmac
import logging
import re
import secrets
import threading
import time
import uuid
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ...engine.bootstrap import USER
from ...engine.engine import Engine
from ...language.errors import SqlError, not_found
from ...sessions.history import History
from ...sessions.parameters import of_login
from ...sessions.results import Results
from ...sessions.session import SERVER_VERSION, Session
from ...sql.staged.doors import Doors
from ...statements.running.runner import Answer
from ...statements.running.tasks import run_due
from ...statements.use import use_database, use_role, use_schema, use_warehouse
from .answers import (
    GUEST,
    BadRequestError,
    answer_of,
    body_of,
    error_of,
    failure,
    lost,
    object_of,
    parameters_of,
    refused,
    success,
)
from .connections import Connections
from .control import Control, Handler
from .jobs import Asked, Job, Jobs
from .opened import Opened, SnapshotFiles
from .parts import Parts
from .rowsets import form_for, prefers_arrow, with_addresses
from .stage_doors import HttpDoors

_log = logging.getLogger("hushflake.local")
# A statement that runs longer is answered with an address to ask again, as Snowflake does.
_PATIENCE = 30.0
_SNAPSHOT_SECONDS = 10.0
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
            Route("/queries/v1/query-request", self._guarded(self.query), methods=["POST"]),
            Route("/queries/v1/abort-request", self._guarded(self.abort), methods=["POST"]),
            Route(
                "/queries/{query_id}/abort-request",
                self._guarded(self.abort_by_id),
                methods=["POST"],
            ),
            Route("/queries/{query_id}/result", self._guarded(self.result), methods=["GET"]),
            Route("/monitoring/queries/{query_id}", self._guarded(self.monitor), methods=["GET"]),
            # The newer connector writes the slash twice.
            Route("/monitoring/queries//{query_id}", self._guarded(self.monitor), methods=["GET"]),
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
        # The stack's token serves as a password, a programmatic access token and an OAuth token.
        password = str(data.get("PASSWORD") or data.get("TOKEN") or "")
        if not hmac.compare_digest(password.encode("utf-8", "replace"), self._token.encode()):
            return failure(
                "Incorrect username or password was specified.",
                "390100",
                data={"authnMethod": "USERNAME_PASSWORD"},
            )
        try:
            session = await asyncio.to_thread(self._open, request, data)
        except SqlError as error:
            return failure(error.message, f"{error.code:06d}")
        self._admit(request)
        key = secrets.token_urlsafe(32)
        self._sessions[key] = session
        return success(
            {
                "token": key,
                "masterToken": secrets.token_urlsafe(32),
                "validityInSeconds": 86_400,
                "masterValidityInSeconds": 86_400,
                "displayUserName": session.identity.user.name,
                "serverVersion": SERVER_VERSION,
                "firstLogin": False,
                "healthCheckInterval": 45,
                "sessionId": session.id,
                "parameters": parameters_of(session.settings),
                "sessionInfo": {
                    "databaseName": session.place.database,
                    "schemaName": session.place.schema,
                    "warehouseName": session.place.warehouse,
                    "roleName": session.identity.role.name,
                },
            }
        )

    def _open(self, request: Request, data: dict[str, Any]) -> Session:
        catalogue = self.engine.catalogue
        user = catalogue.find("USER", 0, USER)
        assert user is not None
        role = catalogue.find("ROLE", 0, str(user.body["default_role"]))
        assert role is not None
        session = Session(self.engine, user, role)
        session.client.copies_files = copies_files(data, request.headers.get("user-agent", ""))
        self.engine.add(Doors, self._doors)
        session.client.takes_arrow = prefers_arrow(data)
        wanted = {key: value for key, value in request.query_params.items() if value}
        if "roleName" in wanted:
            use_role(session, _folded(wanted["roleName"]))
        # What a client names at login is taken when it exists, and left out when not.
        warehouse = wanted.get("warehouse") or user.body.get("default_warehouse")
        with contextlib.suppress(SqlError):
            use_warehouse(session, _folded(str(warehouse)))
        with contextlib.suppress(SqlError):
            if "databaseName" in wanted:
                use_database(session, _folded(wanted["databaseName"]))
            if "schemaName" in wanted:
                session.place.schema = None
                use_schema(session, session.place.database, _folded(wanted["schemaName"]))
        session.transaction.change_parameters(of_login(data.get("SESSION_PARAMETERS") or {}))
        return session

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

    # --- statements -------------------------------------------------------------------------------

    async def query(self, request: Request) -> Response:
        """Run a statement, or answer again for one that was asked before."""
        session = self._session(request)
        if session is None:
            return lost()
        asked = Asked.of(await body_of(request))
        request_id = request.query_params.get("requestId", uuid.uuid4().hex)
        job = self._jobs.submit(session, request_id, asked)
        if asked.later:
            return success(
                {"queryId": job.query_id, "getResultUrl": f"/queries/{job.query_id}/result"},
                code="333334",
                message="Asynchronous execution in progress. Use provided query id to perform query "
                "monitoring and management.",
            )
        return await self._wait(request, job)

    async def _wait(self, request: Request, job: Job) -> Response:
        try:
            answer = await asyncio.wait_for(
                asyncio.shield(asyncio.wrap_future(job.future)), timeout=_PATIENCE
            )
        except TimeoutError:
            return success(
                {"queryId": job.query_id, "getResultUrl": f"/queries/{job.query_id}/result"},
                code="333333",
                message="Query execution in progress.",
            )
        return self._sent(request, answer)

    @staticmethod
    def _sent(request: Request, answer: dict[str, Any]) -> Response:
        return JSONResponse(with_addresses(answer, request.headers["host"]))

    async def result(self, request: Request) -> Response:
        """Answer with the result of a statement that was started before."""
        session = self._session(request)
        if session is None:
            return lost()
        query_id = request.path_params["query_id"]
        job = self._jobs.own(session.queries, query_id)
        if job is not None:
            answer = await self._wait(request, job)
            # It may have begun meanwhile, with the role that a statement before it chose.
            if self._jobs.own(session.queries, query_id) is None:
                return JSONResponse(error_of(not_found(query_id), query_id))
            return answer
        # One of several statements of a request.
        kept = session.queries.result(query_id)
        if kept is None:
            return JSONResponse(error_of(not_found(query_id), query_id))
        form = form_for(session, {})
        made = await asyncio.to_thread(answer_of, session, Answer(kept, query_id), form)
        return self._sent(request, made)

    async def monitor(self, request: Request) -> Response:
        """Tell how far a statement is."""
        session = self._session(request)
        if session is None:
            return lost()
        query_id = request.path_params["query_id"]
        job = self._jobs.own(session.queries, query_id)
        if job is None and session.queries.result(query_id) is not None:
            # One of several statements of a request.
            return success({"queries": [{"id": query_id, "status": "SUCCESS"}]})
        if job is None:
            # With no statement in the list a client asks again for a minute.
            missing = not_found(query_id)
            told = {"errorCode": f"{missing.code:06d}", "errorMessage": missing.message}
            failed = {"id": query_id, "status": "FAILED_WITH_ERROR", **told}
            return success({"queries": [failed]})
        state = "RUNNING"
        error: dict[str, Any] = {}
        if job.future.done():
            answer = job.future.result()
            state = "SUCCESS" if answer["success"] else "FAILED_WITH_ERROR"
            if not answer["success"]:
                error = {"errorCode": answer["code"], "errorMessage": answer["message"]}
        return success({"queries": [{"id": job.query_id, "status": state, **error}]})

    async def abort(self, request: Request) -> Response:
        """Cancel the statement of a request id, or what runs in the session when none is named."""
        session = self._session(request)
        if session is None:
            return lost()
        wanted = (await body_of(request)).get("requestId")
        self._jobs.cancel(session, None if wanted is None else str(wanted))
        return success(None)

    async def abort_by_id(self, request: Request) -> Response:
        """Cancel a statement of the session, as the newer connector asks for it."""
        session = self._session(request)
        if session is None:
            return lost()
        query_id = request.path_params["query_id"]
        job = self._jobs.own(session.queries, query_id)
        if job is None or job.future.done():
            return JSONResponse(error_of(not_found(query_id), query_id))
        job.stop()
        return success(None)

    # --- around -----------------------------------------------------------------------------------

    async def telemetry(self, request: Request) -> Response:
        """Take the connector's telemetry and forget it: nothing leaves the machine."""
        return success(None)

    async def unknown(self, request: Request) -> Response:
        """Refuse what is no part of the protocol here, and leave a trace of it."""
        if self._session(request) is not None:
            _log.warning("no route for %.10s %.200r", request.method, request.url.path)
        return failure("The local stack has no such service.", "000404")


def copies_files(data: dict[str, Any], agent: str) -> bool:
    """Tell whether a client, by what it says at login, copies the files of stages by itself.

    Args:
        data: Of the login.
        agent: The header User-Agent: Snowpark and others give a name of their own in `data`.
    """
    found = re.search(r"PythonConnector/(\d+)", agent)
    if found is None and data.get("CLIENT_APP_ID") == "PythonConnector":
        found = re.match(r"(\d+)", str(data.get("CLIENT_APP_VERSION") or ""))
    return found is not None and int(found[1]) < 5


def _folded(name: str) -> str:
    from ...language.names import fold

    return fold(name)
