"""Requests and answers of the connector's protocol, as JSON."""

import json
import re
import time
import zlib
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from ...language.errors import SqlError
from ...sessions.session import Session
from ...sessions.settings import Settings
from ...statements.running.runner import Answer
from .rowsets import Form, rows_of
from .rowtype import rowtype

# JSON can spell half of a surrogate pair as an escape.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class BadRequestError(Exception):
    """A request that is none of the protocol, or too large: answered, and no defect.

    Args:
        message: What is wrong.
        status: Of HTTP.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status


@dataclass(frozen=True)
class BodyLimit:
    """How large a body may be, as it is sent and as it is unpacked, in bytes."""

    sent: int
    unpacked: int


# A login holds names and a token.
GUEST = BodyLimit(65_536, 262_144)
# Bindings of a large `executemany`; a larger one would be staged, which the local stack does not do.
SIGNED_IN = BodyLimit(134_217_728, 536_870_912)


async def body_of(request: Request, limit: BodyLimit = SIGNED_IN) -> dict[str, Any]:
    """Return the JSON object of a request, empty when there is none.

    Raises:
        BadRequestError: It is not a JSON object, or larger than `limit`.
    """
    unpacking = request.headers.get("content-encoding") == "gzip"
    # 31: a gzip header, and the largest window.
    unpacker = zlib.decompressobj(wbits=31) if unpacking else None
    sent, unpacked, pieces = 0, 0, []
    async for chunk in request.stream():
        sent += len(chunk)
        if sent > limit.sent:
            raise _too_large(limit.sent)
        try:
            # One byte more than may be: where it comes, there is too much.
            piece = unpacker.decompress(chunk, limit.unpacked - unpacked + 1) if unpacker else chunk
        except zlib.error:
            raise BadRequestError("the body is not a gzip stream") from None
        unpacked += len(piece)
        if unpacked > limit.unpacked:
            raise _too_large(limit.unpacked)
        pieces.append(piece)
    if unpacker is not None and sent and not unpacker.eof:
        raise BadRequestError("the body ends within its gzip stream")
    body = b"".join(pieces)
    try:
        found = json.loads(body.decode()) if unpacked else {}
    except (ValueError, RecursionError):
        raise BadRequestError("the body is not JSON") from None
    # No text of SQL, nor anything that is kept or sent on, can hold half of a pair.
    if _SURROGATE.search(body) and not _is_unicode(found):
        raise BadRequestError("the body holds a text that is not Unicode")
    return object_of(found, "the body")


def _is_unicode(found: object) -> bool:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _too_large(most: int) -> BadRequestError:
    return BadRequestError(f"the body has more than {most:,} bytes", 413)


def object_of(value: Any, what: str) -> dict[str, Any]:
    """Return a part of a request that must be an object; a missing one is empty.

    Raises:
        BadRequestError: It is something else.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequestError(f"{what} must be a JSON object")
    return value


def refused(message: str, status: int) -> JSONResponse:
    """Return the answer to a request that is refused; its connection ends, its body unread."""
    content = {"data": None, "code": f"{390_000 + status:06d}", "message": message}
    return JSONResponse(
        {**content, "success": False}, status_code=status, headers={"Connection": "close"}
    )


def success(data: Any, code: str | None = None, message: str | None = None) -> JSONResponse:
    """Return an answer of the protocol."""
    return JSONResponse({"data": data, "code": code, "message": message, "success": True})


def failure(message: str, code: str, data: Any = None) -> JSONResponse:
    """Return an answer that tells of a failure."""
    return JSONResponse({"data": data, "code": code, "message": message, "success": False})


def lost() -> JSONResponse:
    """Return the answer to a session that is not known."""
    return failure("Session no longer exists. New login required to access the service.", "390111")


def error_of(error: SqlError, query_id: str) -> dict[str, Any]:
    """Return the answer to a statement that failed."""
    code = f"{error.code:06d}"
    return {
        "data": {
            "internalError": False,
            "errorCode": code,
            "age": 0,
            "sqlState": error.state,
            "queryId": query_id,
            "line": error.line if error.line is not None else -1,
            "pos": error.position if error.line is not None else -1,
            "type": "COMPILATION",
        },
        "code": code,
        "message": error.message,
        "success": False,
        "headers": None,
    }


def parameters_of(settings: Settings) -> list[dict[str, Any]]:
    """Return the session parameters that the connector acts upon."""
    values = {
        "AUTOCOMMIT": settings.parameter("AUTOCOMMIT"),
        "TIMEZONE": settings.parameter("TIMEZONE"),
        "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY": 3600,
        # Larger array bindings would be uploaded to a stage: they stay in the request here.
        "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD": 0,
        "CLIENT_TELEMETRY_ENABLED": False,
        "QUERY_CONTEXT_CACHE_SIZE": 5,
    }
    return [{"name": name, "value": value} for name, value in values.items()]


def answer_of(session: Session, answer: Answer, form: Form = "json") -> dict[str, Any]:
    """Return the answer to a statement with its rows, the first of them when there are many."""
    result = answer.result
    count = len(result.rows)
    data = {
        "parameters": parameters_of(session.settings),
        "rowtype": [rowtype(column) for column in result.columns],
        "total": count,
        "returned": count,
        "queryId": answer.query_id,
        "databaseProvider": None,
        "finalDatabaseName": session.place.database,
        "finalSchemaName": session.place.schema,
        "finalWarehouseName": session.place.warehouse,
        "finalRoleName": session.identity.role.name,
        "numberOfBinds": answer.binds,
        "arrayBindSupported": answer.array_binds,
        "statementTypeId": result.statement_type,
        "version": 1,
        "sendResultTime": time.time_ns() // 1_000_000,
        **rows_of(answer, form),
        **result.extra,
    }
    return {"data": data, "message": None, "code": None, "success": True}
