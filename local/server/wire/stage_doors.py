"""The files of stages over HTTP, as the newer connector asks for them, and by path for the older.

Connector 5 and the other drivers of its kind move files over HTTP alone: they are told of an object
store with the interface of Google Cloud Storage, which is this server. Connector 4 wants HTTPS of
one, but it also copies files itself (`LOCAL_FS`): it runs on this machine and as this user.
"""

import asyncio
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ...engine.stage_files import MOST_BYTES, Area, checked_path
from ...language.errors import SqlError
from ...sessions.session import Session
from ...sql.staged.doors import Doors
from ...sql.staged.location import Place
from .answers import refused
from .control import Guard

# https://docs.snowflake.com/en/sql-reference/sql/put: "the command times out after a set period".
_SECONDS = 3600
_MOST_OPEN = 10_000
_BUCKET = "stages"
_CHUNK = 1 << 18


@dataclass(frozen=True)
class _Door:
    """What one PUT or GET may do.

    Attributes:
        token: Shown with every request.
        area: The files of the stage.
        prefix: Below which paths may lie.
        writes: Whether it is a PUT.
        until: When it closes, on the monotonic clock.
    """

    token: str
    area: Area
    prefix: str
    writes: bool
    until: float


class HttpDoors(Doors):
    """Opens a door for each PUT and GET, and answers at it.

    Args:
        port: Where the server listens.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._doors: OrderedDict[str, _Door] = OrderedDict()

    def upload(self, session: Session, place: Place, *, overwrite: bool) -> dict[str, Any]:
        folder = place.prefix.rstrip("/")
        if session.client.copies_files:
            path = str(place.area.make_folder(folder))
            return {"locationType": "LOCAL_FS", "location": path, "path": path, "creds": {}}
        return self._open(place.area, folder, writes=True)

    def download(self, session: Session, place: Place) -> dict[str, Any]:
        if session.client.copies_files:
            path = str(place.area.root)
            return {"locationType": "LOCAL_FS", "location": path, "path": path, "creds": {}}
        return self._open(place.area, "", writes=False)

    def _open(self, area: Area, prefix: str, *, writes: bool) -> dict[str, Any]:
        now = time.monotonic()
        while self._doors and (
            len(self._doors) >= _MOST_OPEN or next(iter(self._doors.values())).until < now
        ):
            self._doors.popitem(last=False)
        name, token = secrets.token_hex(16), secrets.token_urlsafe(32)
        self._doors[name] = _Door(token, area, prefix, writes, now + _SECONDS)
        location = f"{_BUCKET}/{name}/"
        return {
            "locationType": "GCS",
            "location": location,
            "path": f"{name}/",
            "region": "local",
            "storageAccount": None,
            "endPoint": f"http://127.0.0.1:{self._port}",
            "isClientSideEncrypted": False,
            "presignedUrl": None,
            "creds": {"GCS_ACCESS_TOKEN": token},
        }

    def routes(self, guarded: Guard) -> list[Route]:
        """Return the routes, each behind `guarded` and the token of its door."""
        place = f"/{_BUCKET}/{{door}}/{{path:path}}"
        return [
            Route(place, guarded(self.read), methods=["GET"]),
            Route(place, guarded(self.write), methods=["PUT"]),
        ]

    def knows(self, request: Request) -> bool:
        """Tell whether a request shows the token of an open door."""
        return self._door(request) is not None

    def _door(self, request: Request) -> _Door | None:
        parts = request.url.path.split("/")
        found = self._doors.get(parts[2]) if len(parts) > 3 and parts[1] == _BUCKET else None
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if found is None or not hmac.compare_digest(given.encode(), found.token.encode()):
            return None
        return found if found.until > time.monotonic() else None

    async def read(self, request: Request) -> Response:
        """Answer with a file, or for HEAD with whether it is there."""
        door = self._door(request)
        if door is None:
            return refused("no such place", 403)
        path = f"{door.prefix}/{request.path_params['path']}"
        try:
            path = checked_path(path)
            file = await asyncio.to_thread(door.area.find, path)
            if file is None:
                return Response(status_code=404)
            headers = {"Content-Length": str(file.size)}
            if request.method == "HEAD":
                return Response(status_code=200, headers=headers)
            if door.writes:
                return refused("no such place", 403)
            opened = await asyncio.to_thread(door.area.open, path)
        except SqlError as error:
            return refused(error.message, 404)

        def pieces() -> Any:
            left = file.size
            with opened:
                while left and (piece := opened.read(min(_CHUNK, left))):
                    left -= len(piece)
                    yield piece

        return StreamingResponse(pieces(), headers=headers, media_type="application/octet-stream")

    async def write(self, request: Request) -> Response:
        """Take a file."""
        door = self._door(request)
        if door is None or not door.writes:
            return refused("no such place", 403)
        claimed = request.headers.get("content-length", "")
        if claimed.isdigit() and int(claimed) > MOST_BYTES:
            return refused(f"a file in a stage has at most {MOST_BYTES:,} bytes", 413)
        try:
            path = checked_path(f"{door.prefix}/{request.path_params['path']}")
            writing = await asyncio.to_thread(door.area.writing, path)
        except SqlError as error:
            return refused(error.message, 403)
        try:
            async for chunk in request.stream():
                await asyncio.to_thread(writing.write, chunk)
            if claimed.isdigit() and int(claimed) != writing.size:
                raise SqlError("the body ends too early", 253_003, "22000")
            await asyncio.to_thread(writing.finish)
        except SqlError as error:
            return refused(error.message, 403)
        finally:
            writing.abandon()
        return Response(status_code=200)
