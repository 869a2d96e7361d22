"""The rotation list as one JSON document, `hushflake.rotation/1`."""

import json
from collections.abc import Sequence
from typing import Any

from ..finding import ERROR
from ..history.model import Commit
from .model import Entry, Place


def text(entries: Sequence[Entry], *, has_history: bool) -> str:
    """Return the document.

    Args:
        entries: The list.
        has_history: Whether commits were looked at.
    """
    document = {
        "format": "hushflake.rotation/1",
        "secrets": [_secret(entry) for entry in entries],
        "summary": {
            "secrets": len(entries),
            "errors": sum(entry.severity == ERROR for entry in entries),
            "in_code": sum(entry.now for entry in entries),
            "history": has_history,
        },
    }
    return json.dumps(document, indent=2)


def _secret(entry: Entry) -> dict[str, Any]:
    known = entry.revocation
    return {
        "fingerprint": entry.fingerprint,
        "kind": entry.kind or None,
        "names": list(entry.names),
        "codes": list(entry.codes),
        "severity": entry.severity,
        "issuer": known.issuer if known else None,
        "revoke_at": known.page if known else None,
        "documentation": known.source if known else None,
        "advice": None if known else entry.advice,
        "in_code": entry.now,
        "since": commit(entry.since),
        "places": [_place(place) for place in entry.places],
    }


def _place(place: Place) -> dict[str, Any]:
    told: dict[str, Any] = {
        "path": place.path,
        "line": place.line,
        "code": place.code,
        "name": place.name,
        "severity": place.severity,
        "in_code": place.now,
    }
    if place.cell:
        told["cell"] = place.cell
    if place.first is not None:
        told["first"], told["last"] = commit(place.first), commit(place.last)
        told["branches"], told["tags"] = list(place.branches), list(place.tags)
        told["more_refs"] = place.more_refs
    return told


def commit(told: Commit | None) -> dict[str, str] | None:
    """Return a commit as a document has it."""
    return None if told is None else {"id": told.id, "authored": told.date}
