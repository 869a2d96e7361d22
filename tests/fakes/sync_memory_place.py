"""The project of `sync_place` with an account and a wire in memory: for rules that need no SQL."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fake_notion import Fault, Workspace
from sync_memory import (
    Account,
    MemoryApi,
    MemoryCache,
    MemoryClient,
    MemoryStore,
    Steps,
    refusal,
)
from sync_place import CountingClock, add_sources, write_project, write_stack

from hushflake.schema.compile import compile_stack, load_stack
from hushflake.schema.project import find_project
from hushflake.sync.cycle import Sync
from hushflake.sync.mapping import maps_of
from hushflake.sync.notion.adapter import NotionSource
from hushflake.sync.notion.patience import Patience
from hushflake.sync.notion.source import differences
from hushflake.sync.options import Options
from hushflake.sync.report import CycleReport


@dataclass
class Wire:
    """What may go wrong on the way, as `FakeNotion` has it."""

    misbehave: Callable[[str, int], Fault | None] = lambda _operation, _number: None
    between: Callable[[], None] = lambda: None
    log: list[str] = field(default_factory=list)
    count: int = 0

    def writes(self) -> list[str]:
        return [name for name in self.log if name.startswith(("create", "update"))]


class FaultyClient(MemoryClient):
    """A client whose wire does what a test says."""

    def __init__(self, space: Workspace, wire: Wire) -> None:
        super().__init__(space, Steps())
        self._wire = wire

    def _ask(self, name: str, work: Callable[[], Any]) -> Any:
        wire = self._wire
        wire.count += 1
        fault = wire.misbehave(name, wire.count) or Fault()
        if fault.cut == "before":
            raise httpx.ReadError("cut")
        if fault.status:
            code = "validation_error" if fault.status == 400 else "as_asked"
            error = refusal(fault.status, code)
            if fault.retry_after is not None:
                error.headers["retry-after"] = str(fault.retry_after)
            raise error
        found = super()._ask(name, work)
        wire.log.append(name)
        if name == "query":
            wire.between()
        if fault.cut == "after":
            raise httpx.ReadError("cut")
        return found


class MemoryPlace:
    """Both sides of a sync; see `sync_place.Place`, whose words it uses."""

    def __init__(self, folder: Path) -> None:
        self.workspace = Workspace()
        self.sources = add_sources(self.workspace)
        write_project(folder)
        write_stack(folder, self.sources)
        project = find_project(folder, str(folder))
        stack = load_stack(project, "local")
        self.maps = maps_of(compile_stack(project, stack).entities.values(), stack)
        self.account = Account(clock=self.seconds)
        self.notion = Wire()
        self._files: dict[str, dict[str, str]] = {}
        for of in self.maps:
            source = self.workspace.api_source(of.data_source)
            for name, settings in differences(of, source, {}).addable.items():
                ((kind, _),) = settings.items()
                self.workspace.add_property(of.data_source, name, kind)

    def seconds(self) -> float:
        return self.workspace.now.timestamp()

    def files(self, cache: str) -> dict[str, str]:
        """What a machine remembers."""
        return self._files.setdefault(cache, {})

    @contextmanager
    def sync(
        self,
        *entities: str,
        cache: str = "sync",
        patience: dict[str, Any] | None = None,
        **options: Any,
    ) -> Iterator[Sync]:
        maps = tuple(of for of in self.maps if not entities or of.entity in entities)
        clock = CountingClock(self.workspace)
        client = FaultyClient(self.workspace, self.notion)
        settings = {"clock": clock, "rate": 1e9, **(patience or {})}
        api = MemoryApi(self.workspace, client, Patience(**settings))
        store = MemoryStore(self.account, Steps())
        remembered = MemoryCache(self.files(cache))
        sync = Sync(
            "memory", maps, NotionSource(api), store, remembered,
            Options(**{"holder": "test", **options}),
            wall=self.seconds,
        )  # fmt: skip
        try:
            yield sync
        finally:
            sync.close()

    def cycle(self, *entities: str, cache: str = "sync", **options: Any) -> CycleReport:
        with self.sync(*entities, cache=cache, **options) as sync:
            return sync.cycle()

    def rows(self, entity: str) -> dict[str, dict[str, Any]]:
        return {key: dict(cells) for key, cells in self.account.rows.get(entity, {}).items()}

    def put(self, key: str, **values: Any) -> None:
        there = self.account.rows.get("ITEMS", {}).get(key, {"ITEM_ID": key})
        spelled = {
            name: json.dumps(value) if isinstance(value, list) else
            value if value is None else str(value)
            for name, value in values.items()
        }  # fmt: skip
        self.account.put_row("ITEMS", key, {**there, **spelled})

    def delete(self, *keys: str) -> None:
        for key in keys:
            self.account.put_row("ITEMS", key, None)
