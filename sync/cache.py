"""What a process remembers of the state in the account, so that an idle cycle need not read it.

It is valid as long as no other cycle wrote something (`version`); it may be lost at any time. It
holds no values: hashes, ids and minutes.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from hushflake.deploy.files import replace_file

from .ports import Known

_FORMAT: Final = "hushflake.sync-cache/1"


@dataclass
class State:
    """The state of one entity.

    Attributes:
        version: Cycles of the stack that wrote something when it was read.
        watermark: The newest minute of Notion's that was dealt with; "": none.
        properties: Property of the mapping -> its id in Notion.
        full_at: Seconds since the epoch of the last full reconciliation; 0: none. Only for the
            slower beat.
        settled: Pages whose content was read after their minute was over -> that minute, and the
            hash of the content that the account had for it: without it the memory says nothing.
        opened: Pages of a minute that may not be over -> that minute, and when it was first seen
            by the clock of Notion's answers.
        parked: Pages that wait for an editor -> what they were when it was found.
    """

    version: int = -1
    data_source: str = ""
    watermark: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    full_at: float = 0.0
    links: dict[str, Known] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)
    opened: dict[str, list[str]] = field(default_factory=dict)
    parked: dict[str, str] = field(default_factory=dict)

    def take(self, known: Iterable[Known]) -> None:
        """Take the links as the account has them."""
        self.links = {item.page_id: item for item in known}

    @property
    def keys(self) -> dict[str, str]:
        """Sync id -> page id, tombstones too."""
        return {item.sync_id: item.page_id for item in self.links.values()}

    @property
    def living(self) -> int:
        return sum(item.state != "deleted" for item in self.links.values())


@dataclass
class Cache:
    """The states on disk, one file an entity."""

    folder: Path
    stack: str

    def load(self, entity: str) -> State | None:
        """Return the remembered state, or None."""
        try:
            document: dict[str, Any] = json.loads(self.read(entity))
            if document.pop("format") != _FORMAT:
                return None
            links = [Known(*item) for item in document.pop("links")]
            state = State(**document)
        except (OSError, ValueError, TypeError, KeyError):
            return None
        state.take(links)
        return state

    def save(self, entity: str, state: State) -> None:
        """Remember a state; nothing is written when it is what is there."""
        plain = asdict(state)
        plain["links"] = [list(vars(item).values()) for item in state.links.values()]
        text = json.dumps({"format": _FORMAT, **plain}, separators=(",", ":"))
        try:
            if self.read(entity) == text:
                return
        except OSError:
            pass
        self.write(entity, text)

    def read(self, entity: str) -> str:
        """Return the text of an entity's file.

        Raises:
            OSError: There is none.
        """
        return self._path(entity).read_text("utf-8")

    def write(self, entity: str, text: str) -> None:
        """Replace an entity's file."""
        path = self._path(entity)
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode())

    def forget(self, entity: str) -> None:
        """Drop what is remembered."""
        self._path(entity).unlink(missing_ok=True)

    def _path(self, entity: str) -> Path:
        return self.folder / f"{self.stack}-{entity.lower()}.json"
