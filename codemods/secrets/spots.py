"""Finds the hard-coded secrets of one source, by the rules of `check`, and reads what they are."""

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote, unquote

from hushflake.lint_plugin import registry
from hushflake.lint_plugin.analysis import Access, accesses
from hushflake.lint_plugin.bindings import sum_of
from hushflake.lint_plugin.credentials.embedded import PAIR
from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.engine import Checker
from hushflake.lint_plugin.finding import Finding
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.sites import MOVED, Site, site
from hushflake.lint_plugin.spans import occurrences
from hushflake.lint_plugin.suppress import Suppressions

from ..accessor_reads import accessor_reads
from ..transform import Job
from .model import Spot
from .naming import proposals
from .pieces import Piece, has_comment, pieces, value_of

# RFC 9110 section 11.4: the scheme stays in the source.
_SCHEME = re.compile(r"(?:Bearer|Basic|Token|ApiKey)\s+(?=\S+$)", re.IGNORECASE)
# `AccountKey=…`: what the format of a provider begins with.
_LABEL = re.compile(r"[A-Za-z_]{3,30}=(?=\S{16})")
# What stands before the password of an address, or before the value of a parameter.
_LEAD = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://[^/\s]*$|[?&\"']([\w-]{2,40})=$")
_WIDEST_LEAD = 500
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}-----")
# RFC 3986 section 2.2, without those that end a password.
_RESERVED = "!$&'()*+,;=:~"


def spots(job: Job, echoes: Collection[str] = ()) -> list[Spot]:
    """Return the hard-coded secrets of a source, in order of their places.

    Args:
        job: The source.
        echoes: Values that are secrets elsewhere: a literal that is one of them is one, too.
    """
    finder = _Finder(job)
    found = [*finder.run()]
    if echoes:
        found += finder.echoes(found, echoes)
    return sorted(found, key=lambda spot: spot.start)


def is_distinct(value: str) -> bool:
    """Say whether a value is the same secret wherever it stands: no word means it by chance."""
    has_both = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return len(value) >= 8 and has_both


@lru_cache(maxsize=8)
def _codes(settings: tuple[tuple[str, ...], ...]) -> frozenset[str]:
    # HSF307 comes first where both see one: a key is not moved.
    return registry.selection(*settings) & (MOVED | {"HSF307"})


class _Finder:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.source = job.source
        settings = job.policy.settings
        self.names = Names(settings.secret_names, settings.public_names)
        codes = _codes((settings.select, settings.extend_select, settings.ignore))
        self.checker = Checker(settings, codes)
        self.module = Module(job.relative, self.source.utf8, job.policy, self.names, self.source)
        self.module.relative = job.relative
        self.module.index = job.index
        self._taken_apart: dict[int, tuple[str, list[Piece], bool]] = {}

    def run(self) -> Iterator[Spot]:
        """Yield what the rules flag."""
        found = [f for f in self.checker.check_module(self.module) if f.code in MOVED]
        is_read = any(finding.code == "HSF305" for finding in found)
        defaults = dict(self._defaults()) if is_read else {}
        # On the way to all of them at once: a table of thousands is gone through once.
        self.job.index.visit(self._offset(each.line, each.column) for each in found)
        for finding in found:
            spot = self._spot(finding)
            default = defaults.get((spot.start, spot.end))
            if finding.code == "HSF305" and default is not None and not spot.reason:
                self._attach(spot, *default)
            yield spot

    def _defaults(self) -> Iterator[tuple[tuple[int, int], tuple[Access, ast.AST]]]:
        """Yield the range of each default of a read, the read, and what is rewritten with it."""
        for access in _accesses(self.job):
            place = self.job.index.place(access.node)
            above = place.parent.node if place and place.parent else None
            if isinstance(access.default, ast.Constant):
                yield self.source.range(access.default), (access, access.node)
            if isinstance(above, ast.BoolOp) and isinstance(above.op, ast.Or):
                is_pair = len(above.values) == 2 and above.values[0] is access.node
                for value in above.values:
                    if isinstance(value, ast.Constant):
                        yield self.source.range(value), (access, above if is_pair else value)

    def echoes(self, found: Sequence[Spot], values: Collection[str]) -> Iterator[Spot]:
        """Yield where else a known secret stands, though no rule flags it there.

        Args:
            found: What the rules flag.
            values: The secrets.
        """
        if not self.module.enabled:
            return
        known = [(spot.start, spot.end) for spot in found]
        known += [self.source.range(spot.node) for spot in found if spot.node is not None]
        taken = [self.source.range(a.key_node) for a in _accesses(self.job) if a.key_node]
        quiet = Suppressions(self.module)
        for start, end in sorted({*self._whole(values), *self._parts(values)}):
            if _is_within(start, known) or _is_within(start, taken):
                continue
            known.append((start, end))
            line, column = self.source.position(start)
            end_line, end_column = self.source.position(end)
            if any(quiet.hides(code, line, end_line) for code in MOVED):
                continue
            place = (line, column, "", "", False, "", end_line, end_column)
            spot = self._spot(Finding(self.module.path, *place))
            # What it stands for is known, and what stands there is not always that.
            if spot.reason or spot.value in values:
                yield spot

    def _whole(self, values: Collection[str]) -> Iterator[tuple[int, int]]:
        """Yield the literals that are a secret, however they are spelt."""
        tree = self.source.tree
        joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        inner = {id(value) for node in joined for value in node.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in inner:
                value = node.value
                text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
                if isinstance(text, str) and text in values:
                    start, end = self.source.range(node)
                    if self.source.utf8[end - 1 : end] in (b"'", b'"'):
                        yield start, end

    def _parts(self, values: Collection[str]) -> Iterator[tuple[int, int]]:
        """Yield where a secret stands as it is: in a longer text, or in a comment."""
        whole = {value.encode() for value in values if "\n" not in value}
        for start, end in occurrences(self.source.utf8, whole):
            # A literal that is all of it is found as a whole.
            before, after = self.source.utf8[start - 1 : start], self.source.utf8[end : end + 1]
            if not (before == after and before in (b"'", b'"')):
                yield start, end

    def _attach(self, spot: Spot, read: Access, whole: ast.AST) -> None:
        """Note the read that a secret is the default of."""
        key = read.key or ""
        spot.key = key if read.form == "accessor" else self.job.keys.renamed(key)
        is_test = self.job.policy.is_test(self.job.relative)
        rewritable = read.is_read or read.form == "accessor"
        if isinstance(whole, ast.Call | ast.BoolOp) and rewritable and not is_test:
            # The node that goes is the read; what was found out of the literal stays.
            spot.read, spot.node = read, whole

    def _spot(self, finding: Finding) -> Spot:
        start = self._offset(finding.line, finding.column)
        end = self._offset(finding.end_line, finding.end_column)
        if finding.code == "HSF303":
            closing = _KEY_END.match(self.source.utf8[end : end + 60].decode("latin-1"))
            end += closing.end() if closing else 0
        spot = Spot(finding.code, start, end, finding.line, finding.column, at=start)
        if self.job.relative.endswith(".pyi"):
            spot.reason = "stub"
            return spot
        where = site(self.source, start, end)
        if isinstance(where, str):
            spot.reason = where
            return spot
        if self.job.index.place(where.node) is None:
            self.job.index.visit([self.source.range(where.node)[0]])
        spot.node, spot.around = where.node, where.around
        try:
            self._read(spot, where, finding)
        except ValueError as error:
            spot.reason = str(error) if str(error) in ("f-string", "comment") else "pieces"
        return spot

    def _offset(self, line: int, column: int) -> int:
        start = self.source.line_starts[line - 1]
        ends = self.source.line_starts
        end = ends[line] if line < len(ends) else len(self.source.utf8)
        text = self.source.utf8[start:end].decode("utf-8", "replace")
        return start + len(text[: column - 1].encode())

    def _read(self, spot: Spot, where: Site, finding: Finding) -> None:
        """Find out which part of a literal is the secret, and what it stands for.

        Raises:
            ValueError: It cannot be told apart; a reason code, or anything.
        """
        first, last = self.source.range(where.node)
        # A literal may hold many: it is read once.
        if id(where.node) not in self._taken_apart:
            text = self.source.text(first, last)
            self._taken_apart = {id(where.node): (text, pieces(text), has_comment(text))}
        text, parts, is_commented = self._taken_apart[id(where.node)]
        if is_commented:
            raise ValueError("comment")
        low = len(self.source.text(first, max(first, spot.start)))
        high = len(self.source.text(first, min(last, spot.end)))
        piece = next((p for p in parts if p.body <= low and high <= p.body_end), None)
        if piece is None and len(parts) == 1:
            piece, low, high = parts[0], parts[0].body, parts[0].body_end
        if piece is not None:
            low, high = _narrowed(finding, piece, text, low, high)
        holds = piece is not None and len(parts) == 1 and _is_all(finding, piece, text, low, high)
        fields = [each for one in parts for each in one.fields]
        if piece is None or (holds and not fields):
            if fields:
                raise ValueError("f-string" if finding.code != "HSF303" else "pieces")
            spot.start, spot.end = first, last
            self._keep(spot, _whole(where.node, parts[0]))
        else:
            if any(begin < high and low < end for begin, end in piece.fields):
                raise ValueError("f-string")
            if piece.is_bytes and len(parts) > 1:
                raise ValueError("pieces")
            spot.is_whole = False
            spot.start = first + len(text[:low].encode())
            spot.end = first + len(text[:high].encode())
            raw = text[low:high]
            self._keep(spot, value_of(piece, raw))
            if finding.target in ("url", "query") and not spot.encoding:
                spot.value, spot.safe = _unquoted(spot.value, is_query=finding.target == "query")
        lead = _LEAD.search(text[max(0, low - _WIDEST_LEAD) : low])
        spot.names = proposals(
            finding.code, finding.target, where.around, where.node, self.job.relative, self.names,
            (lead[1] or lead[2]) if lead else "",
        )  # fmt: skip

    def _keep(self, spot: Spot, value: str | bytes) -> None:
        if isinstance(value, bytes):
            try:
                spot.value, spot.encoding = value.decode("utf-8"), "utf-8"
            except UnicodeDecodeError:
                spot.value, spot.encoding = value.decode("latin-1"), "latin-1"
        else:
            spot.value = value
        if "\0" in spot.value or not _is_text(spot.value):
            spot.reason = "value-unfit"


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _narrowed(finding: Finding, piece: Piece, text: str, low: int, high: int) -> tuple[int, int]:
    """Return the part of a flagged text that is the secret itself."""
    raw = text[low:high]
    if finding.target == "connection string":
        found = PAIR.search(text[piece.body : piece.body_end])
        if found is None:
            raise ValueError("pieces")
        return piece.body + found.start("value"), piece.body + found.end("value")
    if finding.code == "HSF302":
        label = _LABEL.match(raw)
        return (low + label.end(), high) if label else (low, high)
    scheme = _SCHEME.match(raw)
    return (low + scheme.end(), high) if scheme else (low, high)


def _is_all(finding: Finding, piece: Piece, text: str, low: int, high: int) -> bool:
    if (low, high) == (piece.body, piece.body_end):
        return True
    # What stands around a private key is white space, and a part of what the program reads.
    around = text[piece.body : low] + text[high : piece.body_end]
    return finding.code == "HSF303" and not re.sub(r"\s|\\n|\\r|\\\n", "", around)


def _whole(node: ast.expr, first: Piece) -> str | bytes:
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(getattr(each, "value", "")) for each in node.values)
    text = sum_of(node)
    if text is None:
        raise ValueError("pieces")
    return text.encode("latin-1") if first.is_bytes else text


def _unquoted(raw: str, *, is_query: bool) -> tuple[str, str | None]:
    """Return a part of a URL without percent-encoding, and what of it is left unencoded.

    None for it where encoding again would not give the same bytes: then the text stays as it is.
    """
    value = unquote(raw)
    safe = "".join(sorted({char for char in raw if char in _RESERVED} - {"~"}))
    if quote(value, safe=safe) != raw or (is_query and "+" in raw):
        return raw, None
    return value, safe


def _is_within(offset: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(start <= offset < end for start, end in ranges)


def _accesses(job: Job) -> list[Access]:
    return [*accesses(job.index), *accessor_reads(job)]
