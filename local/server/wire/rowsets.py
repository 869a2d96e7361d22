"""The rows of an answer, as JSON or as Arrow."""

import base64
from typing import Any, Literal

from ...language.arrow import carried, ranges, schema, stored
from ...language.encoding import encode_rows
from ...language.stored_rows import StoredRows
from ...sessions.session import Session
from ...statements.running.runner import Answer

Form = Literal["json", "arrow"]
KEY = "X-Result-Key"
_CLIENT = "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT"


def prefers_arrow(login: dict[str, Any]) -> bool:
    """Tell whether a client takes Arrow unless it is told otherwise: the connector for Python.

    Args:
        login: The data of its request.
    """
    environment = login.get("CLIENT_ENVIRONMENT")
    python = isinstance(environment, dict) and "PYTHON_VERSION" in environment
    return python or login.get("CLIENT_APP_ID") == "PythonConnector"


def form_for(session: Session, asked: dict[str, Any]) -> Form:
    """Return how the rows of a query go to a client.

    Args:
        session: Its parameters say so; where they do not, connectors for Python take Arrow.
        asked: Parameters of the one statement.
    """
    given = (
        (asked.get(_CLIENT), session.settings.parameters.get(_CLIENT))
        if session.client.takes_arrow
        else ()
    )
    for value in (*given, session.settings.parameters.get("QUERY_RESULT_FORMAT")):
        if value is not None:
            return "arrow" if str(value).upper().startswith("ARROW") else "json"
    return "arrow" if session.client.takes_arrow else "json"


def rows_of(answer: Answer, form: Form) -> dict[str, Any]:
    """Return the rows of an answer as the protocol carries them, and where the rest is."""
    result = answer.result
    rows = result.rows
    first = rows.first if isinstance(rows, StoredRows) else rows
    data: dict[str, Any] = {"queryResultFormat": form if result.is_query else "json"}
    if data["queryResultFormat"] == "arrow":
        table = stored(result.columns, first)
        found = rows.ranges if isinstance(rows, StoredRows) else ranges(result.columns, table)
        sent = carried(result.columns, table, schema(result.columns, found))
        data["rowsetBase64"] = base64.b64encode(sent).decode()
    else:
        data["rowset"] = encode_rows(result.columns, first)
    if isinstance(rows, StoredRows):
        data["chunkHeaders"] = {KEY: rows.key}
        data["chunks"] = [
            {
                "url": f"/results/{answer.query_id}/{index}.{form}",
                "rowCount": part.rows,
                "uncompressedSize": part.size,
                "compressedSize": part.size,
            }
            for index, part in enumerate(rows.parts)
        ]
    return data


def with_addresses(answer: dict[str, Any], host: str) -> dict[str, Any]:
    """Return an answer whose parts have the address at which the client reached the server."""
    data = answer.get("data")
    if not isinstance(data, dict) or "chunks" not in data:
        return answer
    parts = [{**part, "url": f"http://{host}{part['url']}"} for part in data["chunks"]]
    return {**answer, "data": {**data, "chunks": parts}}
