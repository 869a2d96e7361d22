"""What `lifecycle` asks of a running server, beside the connector's protocol."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .answers import BadRequestError, body_of, refused
from .embedder_changes import earlier_vectors
from .engine import Engine
from .jobs import Jobs
from .tasks import run_due

Handler = Callable[[Request], Awaitable[Response]]
Guard = Callable[[Handler], Handler]


class Control:
    """The routes below `/local`.

    Args:
        engine: The stack.
        sessions: Counts the clients that are connected.
        knows_token: Tells whether a request bears the stack's token.
        jobs: Runs what may take long.
    """

    def __init__(
        self,
        engine: Engine,
        sessions: Callable[[], int],
        knows_token: Callable[[Request], bool],
        jobs: Jobs,
    ) -> None:
        self._engine, self._sessions, self._knows_token = engine, sessions, knows_token
        self._jobs = jobs

    def routes(self, guarded: Guard) -> list[Route]:
        """Return the routes, each behind `guarded` and the token."""
        return [
            Route(f"/local/{name}", guarded(self._allowed(handler)), methods=[method])
            for name, handler, method in (
                ("health", self.health, "GET"),
                ("run-due", self.run_due, "POST"),
                ("clock", self.clock, "POST"),
                ("status", self.status, "GET"),
            )
        ]

    def _allowed(self, handler: Handler) -> Handler:
        async def allowed(request: Request) -> Response:
            if not self._knows_token(request):
                return refused("the token is missing or wrong", 401)
            return await handler(request)

        return allowed

    async def health(self, request: Request) -> Response:
        """Answer to `lifecycle`."""
        return JSONResponse({"ok": True, "pid": os.getpid()})

    async def run_due(self, request: Request) -> Response:
        """Run the tasks that are due."""
        runs = await asyncio.wrap_future(self._jobs.later(run_due))
        return JSONResponse({"runs": [asdict(run) for run in runs]})

    async def clock(self, request: Request) -> Response:
        """Move the tasks' clock by so many seconds, for tests."""
        try:
            seconds = float((await body_of(request))["seconds"])
            self._engine.clock_offset += int(seconds * 1_000_000)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise BadRequestError("the body needs a number of seconds") from None
        return JSONResponse({"time": self._engine.time()})

    async def status(self, request: Request) -> Response:
        """Tell `stack status` what the stack holds."""
        catalogue = self._engine.catalogue
        counts = {
            kind: len([item for item in catalogue.of_kind(kind) if not item.body.get("system")])
            for kind in (
                "DATABASE",
                "SCHEMA",
                "TABLE",
                "VIEW",
                "STREAM",
                "TASK",
                "WAREHOUSE",
                "ROLE",
            )
        }
        return JSONResponse(
            {
                "sessions": self._sessions(),
                "objects": counts,
                "embedder": self._engine.embedder.name,
                "earlier_vectors": await asyncio.to_thread(earlier_vectors, self._engine),
                "vectors": self._engine.vectors.mode,
                "matrices": self._engine.vectors.details(),
            }
        )
