"""The routes of statements: run, result, state, cancel."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ...language.errors import not_found
from ...sessions.session import Session
from ...statements.running.runner import Answer
from .answers import answer_of, body_of, error_of, lost, success
from .control import Guard
from .jobs import Asked, Job, Jobs
from .rowsets import form_for, with_addresses

# A statement that runs longer is answered with an address to ask again, as Snowflake does.
_PATIENCE = 30.0


class Statements:
    """The statements of the sessions.

    Args:
        jobs: Runs them.
        session_of: Returns the session of a request, None when it shows none.
    """

    def __init__(self, jobs: Jobs, session_of: Callable[[Request], Session | None]) -> None:
        self._jobs, self._session = jobs, session_of

    def routes(self, guarded: Guard) -> list[Route]:
        """Return the routes, behind `guarded`."""
        return [
            Route("/queries/v1/query-request", guarded(self.query), methods=["POST"]),
            Route("/queries/v1/abort-request", guarded(self.abort), methods=["POST"]),
            Route("/queries/{query_id}/abort-request", guarded(self.abort_by_id), methods=["POST"]),
            Route("/queries/{query_id}/result", guarded(self.result), methods=["GET"]),
            Route("/monitoring/queries/{query_id}", guarded(self.monitor), methods=["GET"]),
            # The newer connector writes the slash twice.
            Route("/monitoring/queries//{query_id}", guarded(self.monitor), methods=["GET"]),
        ]

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
