"""Puts reads of the configuration in the place of the secrets of one source, or fakes in a test."""

import ast
import io
import tokenize
from collections.abc import Sequence
from dataclasses import replace

from hushflake.lint_plugin.analysis import Access, Source, accesses

from ..importing import Accessor
from ..order import Order
from ..patch import Patch, Record
from ..policy import imported_at, reason_of_policy
from ..reading import apart, spent_imports
from ..removing import import_changes, remove_statements
from ..transform import Job
from .model import Choices, Spot
from .spelling import Gives, Reads, Words, becomes, call, flat, literal, with_reads

_QUOTING = "urllib.parse"


def rewrite(job: Job, found: Sequence[Spot], choices: Choices) -> Patch:
    """Return the changes to a source.

    Args:
        job: The source.
        found: Its secrets, in order of their places.
        choices: What they are called, and which are left.
    """
    patch = Patch()
    for spot in found:
        place = (job.relative, spot.line, spot.column)
        spot.reason = spot.reason or choices.left.get(place, "")
    if job.policy.is_test(job.relative):
        _Fakes(job, patch, choices).run(found)
    else:
        _Moves(job, patch, choices).run(found)
    return patch


def note(patch: Patch, spot: Spot, key: str | None, action: str, reason: str = "") -> None:
    """Record what became of a place."""
    form = "secret" if action == "left" or key is not None else "secret-in-test"
    patch.records.append(Record(spot.at, form, key, action, reason))


class _Moves:
    """Code that is no test: literals become reads."""

    def __init__(self, job: Job, patch: Patch, choices: Choices) -> None:
        self.job = job
        self.patch = patch
        self.choices = choices

    def run(self, found: Sequence[Spot]) -> None:
        environment = list(accesses(self.job.index))
        order = Order(self.job, [each for each in environment if each.form != "import"])
        stands = {id(spot): self._access(spot) for spot in found if spot.node is not None}
        for spot in found:
            spot.reason = spot.reason or self._reason(spot, stands)
        above = imported_at(self.job)
        fine = [stands[id(spot)] for spot in found if not spot.reason]
        settled = {id(access) for access in order.settle(fine, above)}
        for spot in found:
            access = stands.get(id(spot))
            if not spot.reason and id(access) not in settled and access is not None:
                spot.reason = order.reason_above(access, above) or "after-store"
        wanted = [spot for spot in found if not spot.reason]
        if wanted:
            self._write(wanted, [stands[id(spot)] for spot in wanted], order)
        for spot in found:
            if spot.reason:
                note(self.patch, spot, None, "left", spot.reason)

    def _access(self, spot: Spot) -> Access:
        """Return the place as something that runs, for the order of the module."""
        node = spot.node
        place = self.job.index.place(node) if node is not None else None
        if node is None or place is None:
            raise ValueError("a literal that was not visited")
        return Access(self.job.index, "literal", "", node, node, place)

    def _reason(self, spot: Spot, stands: dict[int, Access]) -> str:
        if not self.job.policy.settings.require_function:
            return "form-disabled"
        if spot.read is not None and (spot.read.reason or spot.read.form != "accessor"):
            reason = spot.read.reason or reason_of_policy(spot.read, self.job)
            if reason:
                return reason
        if spot.key and self.job.policy.keeps(spot.key):
            return "platform-key"
        if not (spot.key or self.choices.keys.get(spot.value)):
            return "name-taken"
        return reason_of_policy(stands[id(spot)], self.job)

    def _write(self, spots: list[Spot], stands: list[Access], order: Order) -> None:
        settings = self.job.policy.settings
        limit, barrier = order.bounds(stands)
        accessor = Accessor(self.job, settings.accessor, limit, barrier)
        quoting = Accessor(self.job, _QUOTING, limit, barrier)
        places = [access.place for access in stands]
        words = Words(accessor.local_name(settings.require_function, places))
        if any(spot.safe is not None for spot in spots):
            words.quoting = quoting.local_name("quote", places)
        done: list[Spot] = []
        for node, group in _by_node(spots):
            try:
                self._replace(node, group, words)
            except ValueError as error:
                code = str(error)
                for spot in group:
                    spot.reason = code if code in ("f-string", "comment") else "pieces"
                continue
            done += group
        if not done:
            return
        accessor.used = {words.require}
        if any(spot.safe is not None for spot in done):
            quoting.used = {words.quoting}
        reads = [spot.read for spot in done if spot.read is not None]
        consumed = {id(read.place.node) for read in reads}
        gone = spent_imports(self.job, reads, consumed, accessor.used)
        changes = import_changes(self.job, gone)
        quoting.write(self.patch, changes)
        accessor.write(self.patch, changes)
        remove_statements(self.job, self.patch, changes.whole)
        changes.shorten(self.job, self.patch)

    def _key(self, spot: Spot) -> str:
        return spot.key or self.choices.keys[spot.value]

    def _replace(self, node: ast.expr, group: list[Spot], words: Words) -> None:
        """Put the new expression in the place of a literal.

        Raises:
            ValueError: It cannot be spelt, or would not give what stood there.
        """
        source = self.job.source
        first, last = source.range(node)
        text = source.text(first, last)
        keys = [self._key(spot) for spot in group]
        read = group[0].read
        if read is not None:
            new = self._read(read, node, text, words, keys[0])
        elif group[0].is_whole:
            mark = '"' if '"' in text and not text.lstrip("bBrRuUfF").startswith("'") else "'"
            new = call(words, keys[0], group[0], mark)
        else:
            new = with_reads(text, [_inside(spot, source, first) for spot in group], keys, words)
        if read is None:
            values = dict(zip(keys, (spot.value for spot in group), strict=True))
            expected = Gives(node, values, words)
            if not expected(_parsed(new), _never):
                raise ValueError("f-string")
            self.patch.expected[id(node)] = expected
        self.patch.splice(first, last, apart(source.utf8, first, new))
        for spot, key in zip(group, keys, strict=True):
            note(self.patch, spot, key, "rewritten")

    def _read(self, read: Access, outer: ast.expr, text: str, words: Words, key: str) -> str:
        """Return the read of a key without its default.

        Raises:
            ValueError: A comment would be lost, or the key cannot be spelt.
        """
        if _has_comment(text):
            raise ValueError("comment")
        key_node = read.key_node
        if key_node is None:
            raise ValueError("pieces")
        renamed = key if key != read.key else ""
        spelt = self.job.source.text(*self.job.source.range(key_node))
        mark = '"' if '"' in spelt else "'"
        self.patch.expected[id(outer)] = Reads(key_node, renamed, words)
        return f"{words.require}({literal(key, mark) if renamed else spelt})"


class _Fakes:
    """A test: secrets become literals that anybody sees are none."""

    def __init__(self, job: Job, patch: Patch, choices: Choices) -> None:
        self.job = job
        self.patch = patch
        self.choices = choices

    def run(self, found: Sequence[Spot]) -> None:
        for spot in found:
            if not spot.reason and spot.value not in self.choices.fakes:
                spot.reason = "test-word"
        for node, group in _by_node([spot for spot in found if not spot.reason]):
            self._replace(node, group)
        for spot in found:
            if spot.reason:
                note(self.patch, spot, None, "left", spot.reason)

    def _replace(self, node: ast.expr, group: list[Spot]) -> None:
        source = self.job.source
        first, last = source.range(node)
        text = source.text(first, last)
        spots = [_inside(spot, source, first) for spot in group]
        fakes = [self.choices.fakes[spot.value] for spot in group]
        if group[0].is_whole:
            mark = '"' if '"' in text and not text.lstrip("bBrRuUfF").startswith("'") else "'"
            new = ("b" if group[0].encoding else "") + f"{mark}{fakes[0]}{mark}"
            value: str | bytes = fakes[0].encode() if group[0].encoding else fakes[0]
            self.patch.expected[id(node)] = becomes(value)
        else:
            new, at = "", 0
            for spot, made in zip(spots, fakes, strict=True):
                new, at = new + text[at : spot.start] + made, spot.end
            new += text[at:]
            wanted = flat(_parsed(new))

            def gives(found: ast.AST, _same: object) -> bool:
                return isinstance(found, type(node)) and flat(found) == wanted

            self.patch.expected[id(node)] = gives
        self.patch.splice(first, last, apart(source.utf8, first, new))
        for spot in group:
            note(self.patch, spot, None, "rewritten")


def _by_node(spots: Sequence[Spot]) -> list[tuple[ast.expr, list[Spot]]]:
    """Return the places by the expression that changes; of a whole literal there is one."""
    groups: dict[int, tuple[ast.expr, list[Spot]]] = {}
    for spot in spots:
        if spot.node is not None:
            groups.setdefault(id(spot.node), (spot.node, []))[1].append(spot)
    found = []
    for node, group in groups.values():
        whole = [spot for spot in group if spot.is_whole]
        found.append((node, whole[:1] or group))
    return found


def _inside(spot: Spot, source: Source, first: int) -> Spot:
    """Return a place with offsets in characters from the beginning of its literal."""
    start, end = (len(source.text(first, at)) for at in (spot.start, spot.end))
    return replace(spot, start=start, end=end)


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError):
        raise ValueError("f-string") from None


def _never(_old: ast.AST, _new: ast.AST) -> bool:
    return False


def _has_comment(text: str) -> bool:
    """Say whether an expression holds a comment."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(f"({text}\n)", newline=None).readline))
    except (tokenize.TokenError, SyntaxError):
        return True
    return any(token.type == tokenize.COMMENT for token in tokens)
