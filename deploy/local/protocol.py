"""The connector's HTTP protocol: login, queries, results, sessions."""

import asyncio
import contextlib
import hmac
import logging
import secrets
import time
import uuid
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

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
from .engine import Engine
from .errors import SqlError, not_found
from .history import History
from .jobs import Asked, Job, Jobs
from .runner import Answer
from .session import PARAMETERS, SERVER_VERSION, Session
from .statements.session_parameters import set_parameter
from .statements.use import use_database, use_role, use_schema, use_warehouse
from .tasks import run_due

_log = logging.getLogger("hushflake.local")
# A statement that runs longer is answered with an address to ask again, as Snowflake does.
_PATIENCE = 30.0
_KEPT_JOBS = 200
_MOST_HEADERS = 100


class Server:
    """The state behind the routes.

    Args:
        engine: The stack.
        token: The only password.
        port: Where the server listens, for the check of the Host header.
        history: Takes every statement.
        connections: Is told which connections showed the token.
    """

    def __init__(
        self,
        engine: Engine,
        token: str,
        port: int,
        history: History,
        connections: Connections | None = None,
    ) -> None:
        self.engine = engine
        self.last_request = time.monotonic()
        self._token = token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._connections = connections or Connections()
        self._sessions: dict[str, Session] = {}
        self._jobs = Jobs(engine, history)

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
            Route("/telemetry/send", self._guarded(self.telemetry), methods=["POST"]),
            *Control(
                self.engine, lambda: len(self._sessions), self._knows_token, self._jobs
            ).routes(self._guarded),
        ]
        routes.append(
            Route(
                "/{path:path}",
                self._guarded(self.unknown),
                methods=["GET", "POST", "PUT", "DELETE"],
            )
        )
        return Starlette(routes=routes)

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
            if self._session(request) is not None or self._knows_token(request):
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
                "displayUserName": session.user.name,
                "serverVersion": SERVER_VERSION,
                "firstLogin": False,
                "healthCheckInterval": 45,
                "sessionId": session.id,
                "parameters": parameters_of(session),
                "sessionInfo": {
                    "databaseName": session.database,
                    "schemaName": session.schema,
                    "warehouseName": session.warehouse,
                    "roleName": session.role.name,
                },
            }
        )

    def _open(self, request: Request, data: dict[str, Any]) -> Session:
        catalogue = self.engine.catalogue
        user = next(iter(catalogue.of_kind("USER")))
        role = catalogue.find("ROLE", 0, str(user.body["default_role"]))
        assert role is not None
        session = Session(self.engine, user, role)
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
                session.schema = None
                use_schema(session, session.database, _folded(wanted["schemaName"]))
        for name, value in (data.get("SESSION_PARAMETERS") or {}).items():
            if name in PARAMETERS and value is not None:
                set_parameter(session.parameters, name, value)
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
        return await self._wait(job)

    async def _wait(self, job: Job) -> Response:
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
        return JSONResponse(answer)

    async def result(self, request: Request) -> Response:
        """Answer with the result of a statement that was started before."""
        session = self._session(request)
        if session is None:
            return lost()
        query_id = request.path_params["query_id"]
        job = self._jobs.own(session, query_id)
        if job is not None:
            return await self._wait(job)
        # One of several statements of a request.
        kept = session.results.get(query_id)
        if kept is None:
            return JSONResponse(error_of(not_found(query_id), query_id))
        return JSONResponse(answer_of(session, Answer(kept, query_id)))

    async def monitor(self, request: Request) -> Response:
        """Tell how far a statement is."""
        session = self._session(request)
        if session is None:
            return lost()
        job = self._jobs.own(session, request.path_params["query_id"])
        if job is None:
            return success({"queries": []})
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
        job = self._jobs.own(session, query_id)
        if job is None or job.future.done():
            return JSONResponse(error_of(not_found(query_id), query_id))
        self._jobs.cancel(session, job.request_id)
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


def _folded(name: str) -> str:
    from .names import fold

    return fold(name)
