"""When the sync last looked, noted beside the project.

An idle cycle writes nothing to the account, so only the machine that runs the sync can tell that it
still does; what waits in the account is read there (`hushflake status`).
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from hushflake.deploy.files import replace_file
from hushflake.schema.project import Project

_FORMAT = "hushflake.sync-note/1"


def note_path(project: Project, stack: str) -> Path:
    """Return where the ends of cycles are noted."""
    return project.checked_local_data() / "sync" / f"{stack}.json"


def note(path: Path, entities: Iterable[str], began: datetime) -> None:
    """Note that a cycle which began at `began` left these entities in step."""
    document = {**_read(path), **dict.fromkeys(entities, began.isoformat())}
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, json.dumps({"format": _FORMAT, "in_step": document}).encode())


def looked(project: Project, stack: str) -> Mapping[str, datetime]:
    """Return entity -> begin of the last cycle of this machine that left it in step."""
    found = _read(note_path(project, stack))
    return {entity: datetime.fromisoformat(text) for entity, text in found.items()}


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
        return dict(document["in_step"]) if document.get("format") == _FORMAT else {}
    except (OSError, ValueError, KeyError, AttributeError):
        return {}
