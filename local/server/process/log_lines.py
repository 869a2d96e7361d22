"""Records of the log of statements as a person reads them. Imports nothing: `stack logs` is quick."""

import time
from typing import Any


def line_of(record: dict[str, Any], *, with_message: bool = False) -> str:
    """Return a record as one line; with its message, as two."""
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(float(record["started"])))
    text = " ".join(str(record["text"]).split())
    outcome = "ok" if record["status"] == "SUCCESS" else f"failed {record['code']}"
    line = f"{moment}  {record['seconds'] * 1000:8.1f} ms  {outcome:<14}  {text}"
    if with_message and record.get("message"):
        line += "\n    " + " ".join(str(record["message"]).split())
    return line
