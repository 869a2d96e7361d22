"""One file: bytes in, bytes and a report out. No file is touched here."""

import codecs
from collections.abc import Sequence
from typing import NamedTuple

from hushflake.lint_plugin.analysis import ParseFailure, Source, parse
from hushflake.lint_plugin.analysis.source import parse_utf8, try_decode
from hushflake.lint_plugin.credentials.display import shown
from hushflake.lint_plugin.settings import Policy

from .feeding import Feeding
from .key_uses import KeyUses
from .keys import KeyNames
from .patch import Patch, Splice, apply, unshifted
from .transform import Job, Transform
from .verify import is_as_intended


class Edit(NamedTuple):
    """A place that was rewritten or left. Line and column count from 1, in characters."""

    path: str
    line: int
    column: int
    form: str
    key: str | None
    action: str
    reason: str
    transform: str


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
        message: Of a file that was left, what a reader should know.
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

    def wants(self, data: bytes) -> bool:
        """Say, from the bytes alone, whether any transform wants to see a file."""
        return any(transform.may_apply(data, self.policy) for transform in self.transforms)

    def rewrite(self, data: bytes, path: str) -> Outcome:
        """Run the transforms over the bytes of a file."""
        relative = self.policy.settings.relative(path)
        if self.policy.is_excluded(relative):
            return Outcome(path, "excluded")
        wanted = [
            transform for transform in self.transforms if transform.may_apply(data, self.policy)
        ]
        if not wanted:
            return Outcome(path, "unchanged")
        source = parse(data, path)
        if isinstance(source, ParseFailure):
            return Outcome(path, "unparsed", failure=source, message=source.message)
        return self._run(source, data, path, relative, wanted)

    def _run(
        self, first: Source, data: bytes, path: str, relative: str, wanted: Sequence[Transform]
    ) -> Outcome:
        source: Source | ParseFailure = first
        utf8 = first.utf8
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
            job.taken, job.reserved, job.replaced = self.taken, self.reserved, self.replaced
            job.feeding, job.key_uses = self.feeding, self.key_uses
            patch = transform.patch(job)
            edits += _edits(path, transform.name, patch, first, stages)
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
        edits.sort(key=lambda edit: (edit.line, edit.column))
        if not stages:
            return Outcome(path, "unchanged", tuple(edits))
        try:
            written = encode(data, first, utf8)
        except (UnicodeError, ValueError):
            message = f"cannot be written back as {first.encoding} byte for byte; the file is left"
            return Outcome(path, "refused", message=message)
        return Outcome(
            path,
            "changed",
            tuple(edits),
            written,
            data,
            None,
            "",
            frozenset(lost),
            frozenset(gained),
            frozenset(through),
        )


def source_bytes(source: Source | ParseFailure) -> bytes | None:
    """Return the bytes that a source was parsed from."""
    return source.utf8 if isinstance(source, Source) else None


def _edits(
    path: str, name: str, patch: Patch, first: Source, stages: Sequence[Sequence[Splice]]
) -> list[Edit]:
    edits = []
    for record in patch.records:
        offset = record.offset
        for splices in reversed(stages):
            offset = unshifted(offset, splices)
        line, column = first.position(offset)
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
            )
        )
    return edits


def encode(data: bytes, old: Source, new: bytes) -> bytes:
    """Return a changed source in the encoding and with the mark of its file.

    Args:
        data: The bytes of the old file.
        old: Its source.
        new: The new source in UTF-8.

    Raises:
        UnicodeError: Something cannot be written in that encoding.
        ValueError: Bytes outside the changes would differ, or the new file read otherwise.
    """
    if old.encoding == "utf-8":
        written = old.bom + new
    elif codecs.encode(old.utf8.decode("utf-8"), old.encoding) != data:
        raise ValueError("the encoding does not give the same bytes back")
    else:
        written = codecs.encode(new.decode("utf-8"), old.encoding)
    # A comment that is on one of the first two lines only now may have become a cookie.
    if try_decode(written) != (new, old.encoding, old.bom):
        raise ValueError("the new file would be read in another encoding")
    return written
