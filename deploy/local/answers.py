"""Requests and answers of the connector's protocol, as JSON."""

import gzip
import json
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from .errors import SqlError
from .runner import Answer
from .session import Session
from .wire import encode_rows, rowtype


async def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request, empty when there is none."""
    body = await request.body()
    if request.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    return dict(json.loads(body)) if body else {}


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


def parameters_of(session: Session) -> list[dict[str, Any]]:
    """Return the session parameters that the connector acts upon."""
    values = {
        "AUTOCOMMIT": session.parameter("AUTOCOMMIT"),
        "TIMEZONE": session.parameter("TIMEZONE"),
        "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY": 3600,
        # Larger array bindings would be uploaded to a stage: they stay in the request here.
        "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD": 0,
        "CLIENT_TELEMETRY_ENABLED": False,
        "QUERY_CONTEXT_CACHE_SIZE": 5,
    }
    return [{"name": name, "value": value} for name, value in values.items()]


def answer_of(session: Session, answer: Answer) -> dict[str, Any]:
    """Return the answer to a statement with its rows."""
    result = answer.result
    rows = encode_rows(result)
    data = {
        "parameters": parameters_of(session),
        "rowtype": [rowtype(column) for column in result.columns],
        "rowset": rows,
        "total": len(rows),
        "returned": len(rows),
        "queryId": answer.query_id,
        "databaseProvider": None,
        "finalDatabaseName": session.database,
        "finalSchemaName": session.schema,
        "finalWarehouseName": session.warehouse,
        "finalRoleName": session.role.name,
        "numberOfBinds": answer.binds,
        "arrayBindSupported": answer.array_binds,
        "statementTypeId": result.statement_type,
        "version": 1,
        "sendResultTime": time.time_ns() // 1_000_000,
        "queryResultFormat": "json",
        **result.extra,
    }
    return {"data": data, "message": None, "code": None, "success": True}
