"""The files of an entity as pages: `FOLDER/entity/*.md`, one file a page.

A page is known by its tie, the entry `sync_id` of its front matter; a file without one by its name.
Of every page that was seen a copy is kept below `.hushflake-sync`: a file that is gone while its
copy is there was thrown away, and its copy is what comes back. A folder without `.hushflake-sync`
is not one of ours: an empty mount is not taken for the deletion of everything.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

from hushflake.deploy.files import replace_file

from ..errors import MappingError, SourceError
from ..mapping import EntityMap
from ..ports import Body, Scan
from ..types import BODY, Page, Spelling, Value, Values
from .document import Document, DocumentError, value_of

KEPT: Final = ".hushflake-sync"
BIGGEST: Final = 2_000_000  # bytes of a file
MOST: Final = 50_000  # files of an entity
T = TypeVar("T")
Sight = tuple[Path, Document, float]


class FolderError(SourceError):
    """The folder is not as it should be, or the system refuses it."""


@dataclass
class FolderSource:
    """A folder.

    Attributes:
        root: It holds a folder for each entity.
    """

    root: Path
    requests: int = 0
    budget: int | None = None
    waited: float = 0.0

    def begin(self) -> None:
        self.requests = 0

    def prepare(self, of: EntityMap) -> None:
        """Make the folders of an entity."""
        for folder in (self.root / of.entity.lower(), self.root / KEPT / of.entity.lower()):
            folder.mkdir(parents=True, exist_ok=True)

    def open(self, of: EntityMap, known: Mapping[str, str]) -> "FolderPages":
        del known
        for folder in (self.root / KEPT / of.entity.lower(), self.root / of.entity.lower()):
            if not folder.is_dir() or folder.is_symlink():
                raise MappingError(
                    f"{folder}: no such folder: run `hushflake sync folder {self.root} --init` "
                    "once; if it was there, look at why it is gone before anything is synced"
                )
        return FolderPages(of, self.root / of.entity.lower(), self.root / KEPT / of.entity.lower())

    def people(self) -> Mapping[str, str] | None:
        return {}

    def close(self) -> None:
        pass


@dataclass
class FolderPages:
    """The files of one entity."""

    of: EntityMap
    folder: Path
    kept: Path
    properties: Mapping[str, str] = field(default_factory=dict)
    _notes: list[str] = field(default_factory=list)

    @property
    def notes(self) -> Sequence[str]:
        return self._notes

    @property
    def now(self) -> datetime | None:
        return datetime.now(UTC)

    def scan(self, since: str = "", *, in_trash: bool = False) -> Scan:
        """Return all pages, or all that were thrown away: reading files is cheap."""
        del since
        live = self._live()
        if in_trash:
            gone = {k: v for k, v in self._copies().items() if k not in live and self._is_gone(v)}
            return Scan({key: self._page(key, sight, "trash") for key, sight in gone.items()})
        for key, sight in live.items():
            self._keep(key, sight)
        pages = {key: self._page(key, sight) for key, sight in live.items()}
        return Scan(pages, newest=max((page.edited for page in pages.values()), default=""))

    def page(self, page_id: str) -> Page:
        found = self._live()
        sight = found.get(page_id)
        if sight is not None:
            return self._page(page_id, sight)
        for key, (path, document, at) in found.items():
            if _unnamed(path.name) == page_id:  # it was tied meanwhile
                return self._page(key, (path, document, at))
        copy = self._copies().get(page_id)
        if copy is not None and self._is_gone(copy):
            return self._page(page_id, copy, "trash")
        return Page(page_id, {}, sight="unseen")

    def expect(self, contents: Sequence[tuple[str, Spelling]]) -> None:
        """Do nothing: files are read with the scan."""

    def body(self, page_id: str, spelling: Spelling = "") -> Body:
        del spelling  # a file has one
        return Body(self._find(page_id)[1].body)

    def tied(self, sync_id: str) -> list[Page]:
        found = self._live()
        return [self._page(key, found[key]) for key in found if self._tie(found[key]) == sync_id]

    def create(self, values: Values, sync_id: str) -> Page:
        path = self.folder / _file_name(sync_id)
        if path.exists() or path.is_symlink():
            path = path.with_stem(f"{path.stem}-{_unnamed(sync_id)[:8]}")
        return self._write(path, Document((), "", {}), self._entries(values, sync_id))

    def update(self, page_id: str, values: Values, sync_id: str | None) -> Page:
        path, document, _ = self._find(page_id)
        return self._write(path, document, self._entries(values, sync_id))

    def move(self, page_id: str, *, in_trash: bool) -> Page:
        if in_trash:
            path, document, at = self._find(page_id)
            self._keep(page_id, (path, document, at))
            self._ask(path.unlink)
            return self._page(page_id, (path, document, at), "trash")
        copy = self._copies().get(page_id)
        if copy is None:
            raise FolderError(f"{self.folder}: the copy of {page_id} is gone")
        path = self.folder / copy[0].name
        if path.exists() or path.is_symlink():
            path = path.with_stem(f"{path.stem}-{_unnamed(page_id)[:8]}")
        return self._write(path, copy[1], {})

    def put_body(self, page_id: str, body: Value, before: Value, spelling: Spelling = "") -> Body:
        del spelling
        path, document, _ = self._find(page_id)
        if (document.body or None) != before:
            raise FolderError(f"{path}: somebody wrote to it just now", passing=True)
        document = document.with_body(str(body or ""))
        self._write(path, document, {})
        return Body(document.body)

    def _entries(self, values: Values, sync_id: str | None) -> dict[str, Value]:
        found = {self.of.by_column[name].property_name: value for name, value in values.items()}
        return {**found, **({self.of.sync_id: sync_id} if sync_id is not None else {})}

    def _write(self, path: Path, document: Document, entries: Mapping[str, Value]) -> Page:
        new = document.with_values(entries) if entries else document
        self._ask(lambda: replace_file(path, new.text().encode(), mode=0o644))
        sight = path, new, path.stat().st_mtime
        key = self._tie(sight) or _unnamed(path.name)
        self._keep(key, sight)
        return self._page(key, sight)

    def _find(self, page_id: str) -> Sight:
        for key, sight in self._live().items():
            if page_id in (key, _unnamed(sight[0].name)):
                return sight
        copy = self._copies().get(page_id)
        if copy is None:
            raise FolderError(f"{self.folder}: the file of {page_id} is gone", passing=True)
        return copy

    def _live(self) -> dict[str, Sight]:
        """Return the files by their pages. Of two with one tie the one that bears its name, or is
        older, is the page; the other one is a copy, known by its name."""
        self._notes.clear()
        found: dict[str, Sight] = {}
        for sight in sorted(self._read(self.folder, tell=True), key=self._rank):
            tie = self._tie(sight)
            key = tie if tie and tie not in found else _unnamed(sight[0].name)
            found[key] = sight
        return found

    def _rank(self, sight: Sight) -> tuple[bool, float, str]:
        return sight[0].name != _file_name(self._tie(sight) or ""), sight[2], sight[0].name

    def _copies(self) -> dict[str, Sight]:
        return {self._tie(s) or "": s for s in self._read(self.kept) if self._tie(s)}

    def _is_gone(self, copy: Sight) -> bool:
        """Whether the file of a copy is gone; else it is there, and cannot be read."""
        return not os.path.lexists(self.folder / copy[0].name)

    def _keep(self, key: str, sight: Sight) -> None:
        path, document, _ = sight
        if self._tie(sight) != key:
            return
        copy, text = self.kept / path.name, document.text().encode()
        old = self._copies().get(key)
        if old is not None and old[0] != copy:
            self._ask(old[0].unlink)  # the file was renamed
        if old is None or old[0] != copy or old[1].text().encode() != text:
            self._ask(lambda: replace_file(copy, text, mode=0o644))

    def _read(self, folder: Path, *, tell: bool = False) -> Iterator[Sight]:
        for path in self._ask(lambda: sorted(folder.iterdir()))[:MOST]:
            if path.suffix != ".md" or path.name.startswith("."):
                continue
            try:
                facts = path.lstat()
                if not stat.S_ISREG(facts.st_mode) or facts.st_size > BIGGEST:
                    raise DocumentError(f"it is no plain file of up to {BIGGEST // 1000} KB")
                document = Document.read(path.read_text("utf-8"))
                self._values(document)
            except (OSError, UnicodeDecodeError, DocumentError) as error:
                if tell:
                    why = error if isinstance(error, DocumentError) else "it cannot be read as text"
                    self._notes.append(f"{path}: {why}: it is left out, and its row as it is")
                continue
            yield path, document, facts.st_mtime

    def _tie(self, sight: Sight) -> str | None:
        tie = sight[1].data.get(self.of.sync_id)
        return tie.strip() or None if isinstance(tie, str) else None

    def _values(self, document: Document) -> dict[str, Value]:
        return {
            item.column: value_of(item, document.data.get(item.property_name))
            for item in self.of.fields
            if item.kind != BODY
        }

    def _page(self, key: str, sight: Sight, where: str = "live") -> Page:
        moment = datetime.fromtimestamp(sight[2], UTC).isoformat()
        return Page(
            key,
            self._values(sight[1]),
            moment,
            moment,
            self._tie(sight),
            "trash" if where == "trash" else "live",
        )

    def _ask(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except OSError as error:
            raise FolderError(f"{self.folder}: {error.strerror}") from None


def _unnamed(name: str) -> str:
    """Return what a file without a tie is known by: 32 characters, of which a key can be made."""
    return sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _file_name(tie: str) -> str:
    """Return the name of a new file: of its key, whatever that is, one step of a path."""
    plain = re.sub(r"[^\w-]+", "-", tie).strip("-")[:80]
    return f"{plain}.md" if plain and plain == tie else f"{plain or 'page'}-{_unnamed(tie)[:8]}.md"
