"""What is configured and what was loaded, told in names and counts."""

import os
import time
from typing import Any

from . import process
from .cells import ENVIRONMENT
from .overrides import overridden_names
from .runtime import Runtime
from .sources.base import Source


def describe() -> dict[str, Any]:
    """What is configured and what was loaded, in names and counts; no value.

    Returns:
        `mode`, `environment` (the order), `esc`, `sources` (in the order in which they are asked:
        name, state, names held, seconds since), `shadowed` and `ambiguous` names.
    """
    active = process.current()
    if active is None:
        return {"mode": "unconfigured", "environment": "first", "esc": None} | {
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
        "sources": [_described(active, source) for source in active.sources],
        "shadowed": [shadow._asdict() for shadow in snapshot.shadowed()] if snapshot else [],
        "ambiguous": snapshot.ambiguous() if snapshot else {},
    }


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
    elif held.at < active.loaded_at:
        state = "stale"
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
