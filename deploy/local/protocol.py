"""The connector's HTTP protocol: login, queries, results, sessions."""

import asyncio
import contextlib
import hmac
import logging
import secrets
import threading
import time
import uuid
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import answer_of, body_of, error_of, failure, lost, parameters_of, success
from .control import Control, Handler
from .engine import Engine
from .errors import SqlError
from .history import History, Record
from .runner import Answer, run_text
from .session import PARAMETERS, SERVER_VERSION, Session
from .statements.session_parameters import set_parameter
from .statements.use import use_database, use_role, use_schema, use_warehouse
from .tasks import run_due
from .wire import read_bindings

_log = logging.getLogger("hushflake.local")
# A statement that runs longer is answered with an address to ask again, as Snowflake does.
_PATIENCE = 30.0
_KEPT_JOBS = 200


@dataclass
class Job:
    """A request for a statement: the same request id is never run twice."""

    query_id: str
    future: "Future[dict[str, Any]]"
    session: Session


class Server:
    """The state behind the routes.

    Args:
        engine: The stack.
        token: The only password.
        port: Where the server listens, for the check of the Host header.
    """

    def __init__(self, engine: Engine, token: str, port: int, history: History) -> None:
        self.engine = engine
        self.history = history
        self.last_request = time.monotonic()
        self._token = token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._sessions: dict[str, Session] = {}
        self._jobs: OrderedDict[tuple[str, str], Job] = OrderedDict()
        self._by_query: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        # More than a machine runs well at once: most wait for locks or for Python's.
        self._pool = ThreadPoolExecutor(64, thread_name_prefix="statement")

    def application(self) -> Starlette:
        """Return the ASGI application."""
        routes = [
            Route("/session/v1/login-request", self._guarded(self.login), methods=["POST"]),
            Route("/session/token-request", self._guarded(self.renew), methods=["POST"]),
            Route("/session/heartbeat", self._guarded(self.alive), methods=["POST"]),
            Route("/session", self._guarded(self.end_session), methods=["POST"]),
            Route("/queries/v1/query-request", self._guarded(self.query), methods=["POST"]),
            Route("/queries/v1/abort-request", self._guarded(self.abort), methods=["POST"]),
            Route("/queries/{query_id}/result", self._guarded(self.result), methods=["GET"]),
            Route("/monitoring/queries/{query_id}", self._guarded(self.monitor), methods=["GET"]),
            # The newer connector writes the slash twice.
            Route("/monitoring/queries//{query_id}", self._guarded(self.monitor), methods=["GET"]),
            Route("/telemetry/send", self._guarded(self.telemetry), methods=["POST"]),
            *Control(self.engine, lambda: len(self._sessions), self._knows_token).routes(
                self._guarded
            ),
        ]
        routes.append(
            Route(
                "/{path:path}",
                self._guarded(self.unknown),
                methods=["GET", "POST", "PUT", "DELETE"],
            )
        )
        return Starlette(routes=routes)

    def close(self) -> None:
        """End every session, what is open in it rolled back."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for session in list(self._sessions.values()):
            session.close()

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
                await asyncio.wrap_future(self._pool.submit(run_due, self.engine))
            except Exception:
                _log.exception("the scheduler failed; it goes on")

    # --- guards -----------------------------------------------------------------------------------

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            # A page in a browser could reach loopback under a name of its own: DNS rebinding.
            if request.headers.get("host", "") not in self._hosts:
                return JSONResponse({"success": False, "message": "unknown host"}, status_code=403)
            self.last_request = time.monotonic()
            return await handler(request)

        return guarded

    def _session(self, request: Request) -> Session | None:
        header = request.headers.get("authorization", "")
        return self._sessions.get(header.removeprefix('Snowflake Token="').removesuffix('"'))

    def _knows_token(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), self._token.encode())

    # --- sessions ---------------------------------------------------------------------------------

    async def login(self, request: Request) -> Response:
        """Check the password and open a session."""
        data = (await body_of(request)).get("data", {})
        # The stack's token serves as a password, a programmatic access token and an OAuth token.
        password = str(data.get("PASSWORD") or data.get("TOKEN") or "")
        if not hmac.compare_digest(password.encode(), self._token.encode()):
            return failure(
                "Incorrect username or password was specified.",
                "390100",
                data={"authnMethod": "USERNAME_PASSWORD"},
            )
        try:
            session = await asyncio.to_thread(self._open, request, data)
        except SqlError as error:
            return failure(error.message, f"{error.code:06d}")
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
        body = await body_of(request)
        key = (session.key, request.query_params.get("requestId", uuid.uuid4().hex))
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                query_id = str(uuid.uuid4())
                job = Job(query_id, self._pool.submit(self._run, session, body, query_id), session)
                self._jobs[key] = self._by_query[query_id] = job
                for kept in (self._jobs, self._by_query):
                    while len(kept) > _KEPT_JOBS and next(iter(kept.values())).future.done():
                        kept.popitem(last=False)
        if body.get("asyncExec"):
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
        job = self._by_query.get(query_id)
        if job is not None:
            return await self._wait(job)
        # One of several statements of a request.
        kept = session.results.get(query_id)
        if kept is None:
            return failure("Query not found.", "000709", data={"queryId": query_id})
        return JSONResponse(answer_of(session, Answer(kept, query_id)))

    async def monitor(self, request: Request) -> Response:
        """Tell how far a statement is."""
        if self._session(request) is None:
            return lost()
        job = self._by_query.get(request.path_params["query_id"])
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
        """Interrupt the running statement of a session."""
        session = self._session(request)
        if session is None:
            return lost()
        session.cursor.interrupt()
        return success(None)

    def _run(self, session: Session, body: dict[str, Any], query_id: str) -> dict[str, Any]:
        with session.lock:
            started = time.time()
            sql = str(body.get("sqlText", ""))
            count = (body.get("parameters") or {}).get("MULTI_STATEMENT_COUNT")
            error: SqlError | None = None
            rows = 0
            running = self.history.begin(Record.of(session, query_id, sql, started, None, 0))
            try:
                answer = run_text(
                    session,
                    sql,
                    read_bindings(body.get("bindings")),
                    query_id,
                    describe_only=bool(body.get("describeOnly")),
                    count=int(count) if count is not None else None,
                )
                rows = len(answer.result.rows)
                sent = answer_of(session, answer)
            except SqlError as failed:
                error = failed
                sent = error_of(failed, query_id)
            except Exception as broken:
                _log.exception("a statement broke the local stack")
                error = SqlError(
                    f"SQL execution internal error:\nThe local stack failed on this statement "
                    f"({type(broken).__name__}: {str(broken)[:200]}).",
                    603,
                    "XX000",
                )
                sent = error_of(error, query_id)
            if not body.get("describeOnly"):
                session.last_query_id = query_id
                self.history.add(Record.of(session, query_id, sql, started, error, rows))
            self.history.end(running)
            return sent

    # --- around -----------------------------------------------------------------------------------

    async def telemetry(self, request: Request) -> Response:
        """Take the connector's telemetry and forget it: nothing leaves the machine."""
        return success(None)

    async def unknown(self, request: Request) -> Response:
        """Refuse what is no part of the protocol here, and leave a trace of it."""
        _log.warning("no route for %s %s", request.method, request.url.path)
        return failure("The local stack has no such service.", "000404")


def _folded(name: str) -> str:
    from .names import fold

    return fold(name)
