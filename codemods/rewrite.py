"""One file: bytes in, bytes and a report out. No file is touched here."""

from collections.abc import Sequence
from typing import NamedTuple

from hushflake.lint_plugin.analysis import ParseFailure, Source
from hushflake.lint_plugin.analysis.source import parse_utf8
from hushflake.lint_plugin.credentials.display import shown
from hushflake.lint_plugin.kinds.table import of_file
from hushflake.lint_plugin.settings import Policy

from .feeding import Feeding
from .key_uses import KeyUses
from .keys import KeyNames
from .opened import NotWrittenError, Opened
from .opening import open_file
from .patch import Patch, Splice, apply, shifted, unshifted
from .transform import Job, Transform
from .verify import is_as_intended


class Edit(NamedTuple):
    """A place that was rewritten or left. Line and column count from 1, in characters.

    In a notebook they count in the cell `cell`, from 1; elsewhere that is 0.
    """

    path: str
    line: int
    column: int
    form: str
    key: str | None
    action: str
    reason: str
    transform: str
    cell: int = 0

    @property
    def place(self) -> str:
        """Where it is, for a person: `3:14`, or `cell 2:3:14`."""
        cell = f"cell {self.cell}:" if self.cell else ""
        return f"{cell}{self.line}:{self.column}"


class Outcome(NamedTuple):
    """What became of a file.

    Attributes:
        path: As the walk named it.
        status: `unchanged`, `changed`, or why it was left: `excluded`, `unparsed`,
            `unreadable`, `unwritable`, `refused` (the new source is not what was intended).
        edits: In source order.
        new: The new bytes of a changed file.
        old: Its old bytes.
        failure: Of an unparsed file, why.
        message: What a reader should know: why a file, or a part of it, was left.
        lost: Names that the new module no longer has.
        gained: Names of the accessor that whoever stars the new module gets, too.
        through: Names of the module that rewritten reads went through.
    """

    path: str
    status: str
    edits: tuple[Edit, ...] = ()
    new: bytes | None = None
    old: bytes | None = None
    failure: ParseFailure | None = None
    message: str = ""
    lost: frozenset[str] = frozenset()
    gained: frozenset[str] = frozenset()
    through: frozenset[str] = frozenset()


class Rewriter(NamedTuple):
    """The settings of a run. Pickles, so that worker processes can have it.

    `before_accessor` are the files that the accessor itself imports (`cycle.before_accessor`);
    `taken` are names that a module keeps because other files take them (`takers.taken`);
    `reserved` are functions that it imports under a private name alone (`leaking`);
    `replaced` are names that other files put something else in the place of (`replacing`);
    `feeding` is what provides the values, and decides whether loaders of .env files may go;
    `key_uses` is who reads the keys that tests set, and decides whether they may override them.
    """

    transforms: Sequence[Transform]
    policy: Policy
    keys: KeyNames
    before_accessor: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()
    reserved: frozenset[str] = frozenset()
    replaced: frozenset[str] = frozenset()
    feeding: Feeding = Feeding()
    key_uses: KeyUses = KeyUses()

    def wants(self, data: bytes, path: str) -> bool:
        """Say, from the bytes alone, whether any transform wants to see a file."""
        return bool(self._wanted(of_file(path, data).searched(data)))

    def _wanted(self, searched: bytes) -> list[Transform]:
        return [each for each in self.transforms if each.may_apply(searched, self.policy)]

    def rewrite(self, data: bytes, path: str) -> Outcome:
        """Run the transforms over the bytes of a file."""
        relative = self.policy.settings.relative(path)
        if self.policy.is_excluded(relative):
            return Outcome(path, "excluded")
        kind = of_file(path, data)
        wanted = self._wanted(kind.searched(data))
        if not wanted:
            return Outcome(path, "unchanged")
        opened = open_file(kind, data, path)
        if isinstance(opened, ParseFailure):
            return Outcome(path, "unparsed", failure=opened, message=opened.message)
        outcome = self._run(opened, data, path, relative, wanted)
        return outcome if kind.rewrites else _left(outcome, kind.left)

    def _run(
        self, opened: Opened, data: bytes, path: str, relative: str, wanted: Sequence[Transform]
    ) -> Outcome:
        source: Source | ParseFailure = opened.source
        utf8 = opened.source.utf8
        stages: list[list[Splice]] = []
        edits: list[Edit] = []
        lost: set[str] = set()
        gained: set[str] = set()
        through: set[str] = set()
        for transform in wanted:
            if utf8 is not source_bytes(source):
                source = parse_utf8(utf8, path)
            if isinstance(source, ParseFailure):
                return Outcome(path, "refused", message=source.message)
            job = Job(source, self.policy, self.keys, relative)
            job.runs_before_accessor = relative in self.before_accessor
            job.taken, job.reserved = self.taken | opened.names, self.reserved
            job.replaced = self.replaced
            job.changes = _moved(opened.changes, stages)
            job.feeding, job.key_uses = self.feeding, self.key_uses
            patch = transform.patch(job)
            edits += _edits(path, transform.name, patch, opened, stages)
            lost |= job.lost
            gained |= job.gained
            through |= job.through
            splices = patch.sorted_splices()
            is_fine = not splices or is_as_intended(source, patch)
            job.index.release()
            if not is_fine:
                message = f"{transform.name} would not give what it should; the file is left"
                return Outcome(path, "refused", message=message)
            if splices:
                stages.append(splices)
                utf8 = apply(source.utf8, splices)
        edits.sort(key=lambda edit: (edit.cell, edit.line, edit.column))
        if not stages:
            return Outcome(path, "unchanged", tuple(edits), message=opened.message)
        try:
            written = opened.written(data, stages, utf8)
        except NotWrittenError as error:
            return Outcome(path, "refused", message=str(error))
        return Outcome(
            path,
            "changed",
            tuple(edits),
            written,
            data,
            None,
            opened.message,
            frozenset(lost),
            frozenset(gained),
            frozenset(through),
        )


def source_bytes(source: Source | ParseFailure) -> bytes | None:
    """Return the bytes that a source was parsed from."""
    return source.utf8 if isinstance(source, Source) else None


def _edits(
    path: str, name: str, patch: Patch, opened: Opened, stages: Sequence[Sequence[Splice]]
) -> list[Edit]:
    edits = []
    for record in patch.records:
        offset = record.offset
        for splices in reversed(stages):
            offset = unshifted(offset, splices)
        line, column, cell = opened.place(offset)
        edits.append(
            Edit(
                path,
                line,
                column,
                record.form,
                None if record.key is None else shown(record.key),
                record.action,
                record.reason,
                name,
                cell,
            )
        )
    return edits


def _moved(offsets: Sequence[int], stages: Sequence[Sequence[Splice]]) -> Sequence[int]:
    """Return where offsets of the first source lie after some stages."""
    for splices in stages:
        offsets = [shifted(offset, splices) for offset in offsets]
    return offsets


def _left(outcome: Outcome, reason: str) -> Outcome:
    """Return an outcome of a file that is reported, and never rewritten."""
    if outcome.status not in ("changed", "unchanged"):
        return outcome
    edits = [
        edit._replace(action="left", reason=reason) if edit.action == "rewritten" else edit
        for edit in outcome.edits
    ]
    return Outcome(outcome.path, "unchanged", tuple(edits))
