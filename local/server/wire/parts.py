"""The parts of large results, which clients fetch after the answer."""

import asyncio
import hmac
import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...language.arrow import carried, schema
from ...language.results import Result
from ...language.stored_rows import StoredRows
from ...language.texts import text_rows
from ...sessions.results import Results
from .answers import refused
from .control import Guard
from .rowsets import KEY


class Parts:
    """The route from which clients fetch the parts of large results.

    Args:
        results: Gives those of the stack that is open.
        admit: Is told that a request showed the key of a result.
    """

    def __init__(self, results: Callable[[], Results], admit: Callable[[Request], None]) -> None:
        self._results, self._admit = results, admit

    def route(self, guarded: Guard) -> Route:
        """Return the route, behind `guarded`."""
        path = "/results/{query_id}/{index:int}.{form}"
        return Route(path, guarded(self.part), methods=["GET"])

    async def part(self, request: Request) -> Response:
        """Answer with a part of a result for whoever shows its key."""
        found = self._results().parts(request.path_params["query_id"])
        key = request.headers.get(KEY, "")
        # The same answer without a key and without a result: an id alone tells nothing.
        if found is None or not hmac.compare_digest(key.encode(), found[1].key.encode()):
            return refused("no such result", 404)
        self._admit(request)
        result, rows = found
        index, form = request.path_params["index"], request.path_params["form"]
        if index >= len(rows.parts) or form not in ("json", "arrow"):
            return refused("no such part of the result", 404)
        make, kind = (
            (_as_json, "application/json")
            if form == "json"
            else (_as_arrow, "application/octet-stream")
        )
        return Response(await asyncio.to_thread(make, result, index), media_type=kind)


def _as_json(result: Result, index: int) -> bytes:
    """Return a part as JSON: the rows, without the brackets around them."""
    assert isinstance(result.rows, StoredRows)
    rows = text_rows(result.columns, result.rows.part(index))
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))[1:-1].encode()


def _as_arrow(result: Result, index: int) -> memoryview:
    assert isinstance(result.rows, StoredRows)
    wanted = schema(result.columns, result.rows.ranges)
    return carried(result.columns, result.rows.part(index), wanted)
