"""What is configured and what was loaded, told in names and counts."""

import os
import time
from typing import Any

from ..overrides import overridden_names
from ..reading import process
from ..reading.cells import ENVIRONMENT
from ..reading.runtime import Runtime
from ..sources.base import Source


def describe() -> dict[str, Any]:
    """What is configured and what was loaded, in names and counts; no value.

    Returns:
        `mode`, `environment` (the order), `esc`, `project` (the `pyproject.toml` whose settings the
        process found; None where code or nobody gave any), `last_known` (how copies of last known
        values are kept; None for not at all), `sources` (in the order in which they are asked:
        name, state, names held, seconds since), `shadowed` and `ambiguous` names.
    """
    active = process.current()
    if active is None:
        return {"mode": "unconfigured", "environment": "first", "esc": None, "project": None} | {
            "last_known": None,
            "sources": [{"name": ENVIRONMENT, "state": "live", "names": len(os.environ)}],
            "shadowed": [],
            "ambiguous": {},
        }
    settings = active.settings
    snapshot = active.snapshot
    return {
        "mode": settings.mode,
        "environment": settings.environment,
        "esc": settings.esc,
        "project": active.place or None,
        "last_known": _last_known(active),
        "sources": [_described(active, source) for source in active.sources],
        "shadowed": [shadow._asdict() for shadow in snapshot.shadowed()] if snapshot else [],
        "ambiguous": snapshot.ambiguous() if snapshot else {},
    }


def _last_known(active: Runtime) -> dict[str, Any] | None:
    """How copies of last known values are kept, and why they cannot be."""
    copies = active.gathering.copies
    if copies is None:
        return None
    return {"kind": active.settings.last_known, "problem": copies.problem}


def known_names() -> set[str]:
    """Every name that some source holds; loads the sources where that was not done yet."""
    names = set(os.environ)
    active = process.current()
    if active is not None:
        snapshot = active.loaded_table().snapshot
        names |= {key for key, _, _ in snapshot.values()}
    return names | overridden_names()


def _described(active: Runtime, source: Source) -> dict[str, Any]:
    held = active.snapshot.source(source.name) if active.snapshot else None
    if held is None:
        return {"name": source.name, "state": "not loaded", "names": 0}
    state = "loaded"
    if held.error is not None:
        state = "failed"
    elif held.loaded is None:
        state = "skipped"
    elif held.stale:
        state = "last known" if held.copied else "stale"
    elif source.name == ENVIRONMENT and active.settings.live:
        state = "live"
    described: dict[str, Any] = {
        "name": source.name,
        "state": state,
        "names": len(held.loaded.values) if held.loaded else 0,
        "seconds": round(time.monotonic() - held.at, 1),
    }
    if held.error is not None:
        described["error"] = str(held.error)
    return described
