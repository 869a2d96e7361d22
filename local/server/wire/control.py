"""What `lifecycle` asks of a running server, beside the connector's protocol."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ...cortex.embedder import Embedder
from ...cortex.embedder_changes import earlier_vectors
from ...cortex.vectors.nearest import Vectors
from ...statements.running.tasks import run_due
from .answers import BadRequestError, body_of, refused
from .jobs import Jobs
from .opened import Opened

Handler = Callable[[Request], Awaitable[Response]]
Guard = Callable[[Handler], Handler]


class Control:
    """The routes below `/local`.

    Args:
        opened: The stack.
        sessions: Counts the clients that are connected.
        knows_token: Tells whether a request bears the stack's token.
        jobs: Runs what may take long.
        snapshots: Takes or restores a snapshot, by the name of the action.
    """

    def __init__(
        self,
        opened: Opened,
        sessions: Callable[[], int],
        knows_token: Callable[[Request], bool],
        jobs: Jobs,
        snapshots: Callable[[str], None],
    ) -> None:
        self._snapshots = snapshots
        self._opened, self._sessions, self._knows_token = opened, sessions, knows_token
        self._jobs = jobs

    def routes(self, guarded: Guard) -> list[Route]:
        """Return the routes, each behind `guarded` and the token."""
        return [
            Route(f"/local/{name}", guarded(self._allowed(handler)), methods=[method])
            for name, handler, method in (
                ("health", self.health, "GET"),
                ("run-due", self.run_due, "POST"),
                ("clock", self.clock, "POST"),
                ("failing-texts", self.failing_texts, "POST"),
                ("status", self.status, "GET"),
                ("snapshot", self.snapshot, "POST"),
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
            self._opened.engine.clock_offset += int(seconds * 1_000_000)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise BadRequestError("the body needs a number of seconds") from None
        return JSONResponse({"time": self._opened.engine.time()})

    async def failing_texts(self, request: Request) -> Response:
        """Let texts that hold something fail to embed, for tests; an empty one ends that."""
        part = (await body_of(request)).get("part")
        if not isinstance(part, str):
            raise BadRequestError("the body needs a part of a text")
        self._opened.engine.part(Embedder).failing = part
        return JSONResponse({"ok": True})

    async def snapshot(self, request: Request) -> Response:
        """Take a snapshot of the stack, or put it back to the one that was taken; ends all sessions."""
        action = (await body_of(request)).get("action")
        if action not in ("take", "restore"):
            raise BadRequestError("the action is take or restore")
        await asyncio.to_thread(self._snapshots, action)
        return JSONResponse({"ok": True})

    async def status(self, request: Request) -> Response:
        """Tell `stack status` what the stack holds."""
        catalogue = self._opened.engine.catalogue
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
                "embedder": self._opened.engine.part(Embedder).name,
                "earlier_vectors": await asyncio.to_thread(earlier_vectors, self._opened.engine),
                "vectors": self._opened.engine.part(Vectors).mode,
                "matrices": self._opened.engine.part(Vectors).details(),
            }
        )
