"""YAML, by the events of libyaml: aliases are not followed, and depth is bounded by it at 1,000.

Where the text is no YAML (a template that is more than its values) reading goes on with the next
line, so that one broken part hides no other.
"""

from collections.abc import Iterator
from typing import Any

from .arguments import in_arguments, takes_arguments
from .model import Entry, MissingReaderError, Reading, Scope, Text

# So many broken places has no file that a person wrote.
_MOST_RESTARTS = 100
# The reader in Python, where there is no other, is a hundred times slower. Bytes.
_LARGEST_WITHOUT_C = 100_000
# A tag of YAML's own is a type. Any other says that a program makes the value: `!Ref`, `!vault`.
_PLAIN_TAGS = ("tag:yaml.org,2002:str", "!", "!unsafe")


def read(text: Text) -> Reading:
    """Read YAML."""
    try:
        import yaml
    except ImportError:
        raise MissingReaderError from None
    loader: Any = getattr(yaml, "CSafeLoader", None)
    if loader is None:
        if text.end - text.start > _LARGEST_WITHOUT_C:
            return Reading([], [])
        loader = yaml.SafeLoader
    entries: list[Entry] = []
    start = text.start
    for _ in range(_MOST_RESTARTS):
        document = _Document(text, start)
        source = text.shadow[start : text.end].decode("ascii")
        try:
            for event in yaml.parse(source, Loader=loader):
                document.take(event)
            start = text.end
        except yaml.MarkedYAMLError as error:
            start = _after_error(text, error, start, document.last)
        except yaml.YAMLError:
            return Reading(entries, [])
        entries.extend(document.entries)
        if start >= text.end:
            break
    comments = list(_comments(text, entries)) if text.depth == 0 else []
    entries.sort(key=lambda entry: entry.start)
    return Reading(entries, comments)


def _after_error(text: Text, error: Any, start: int, last: int) -> int:
    """Return where reading goes on: on the line at fault if nothing of it was read, else after."""
    marks = [mark.index for mark in (error.context_mark, error.problem_mark) if mark is not None]
    at = max(start + min(marks, default=0), last)
    wrong = start + max(marks, default=0)
    line = text.shadow.rfind(b"\n", start, wrong) + 1
    if start < line and last < line == _next_line(text.shadow, at, text.end):
        return line
    return _next_line(text.shadow, at, text.end)


def _next_line(shadow: bytes, at: int, end: int) -> int:
    newline = shadow.find(b"\n", at, end)
    return end if newline < 0 else newline + 1


class _Document:
    """What the events come to."""

    def __init__(self, text: Text, offset: int) -> None:
        self.text = text
        self.offset = offset
        self.entries: list[Entry] = []
        # The furthest place that an event has told of.
        self.last = offset
        # What is open: a scope; whether it is a list; of a mapping the key that waits for its value
        # and where that stands, of a list its key and how many entries there were before it.
        self._open: list[tuple[Scope, bool, list[tuple[str, int]]]] = []

    def take(self, event: Any) -> None:
        name = type(event).__name__
        if name in ("MappingStartEvent", "SequenceStartEvent"):
            self._begin(is_list=name == "SequenceStartEvent")
        elif name in ("MappingEndEvent", "SequenceEndEvent"):
            self._end()
        elif name == "ScalarEvent":
            self._scalar(event)
        elif name == "AliasEvent":
            self._value()
        elif name == "DocumentStartEvent":
            self._open = []

    def _begin(self, *, is_list: bool) -> None:
        key, _ = self._value() or ("", 0)
        above = self._open[-1][0] if self._open else None
        if is_list:
            # What stands in a list is called as the list is.
            scope = above or Scope()
            self._open.append((scope, True, [(key, len(self.entries))]))
        else:
            self._open.append((Scope(key, above), False, []))

    def _end(self) -> None:
        if not self._open:
            return
        scope, is_list, waiting = self._open.pop()
        if is_list and takes_arguments(waiting[0][0]):
            spans = [
                (entry.start, entry.end)
                for entry in self.entries[waiting[0][1] :]
                if entry.scope is scope
            ]
            self.entries.extend(in_arguments(self.text, scope, spans))

    def _value(self) -> tuple[str, int] | None:
        """Return the key of a value that begins here; nothing where it is itself a key."""
        if not self._open:
            return "", self.offset
        _, is_list, waiting = self._open[-1]
        if is_list:
            return waiting[0]
        if waiting:
            return waiting.pop()
        waiting.append(("", self.offset))
        return None

    def _scalar(self, event: Any) -> None:
        start = self.offset + event.start_mark.index
        end = self.offset + event.end_mark.index
        self.last = max(self.last, end)
        start, end, value = _content(self.text, start, end, event)
        if not self._open:
            return
        scope, is_list, waiting = self._open[-1]
        if not is_list and not waiting:
            waiting.append((value, start))
            return
        key, at = waiting[0] if is_list else waiting.pop()
        if event.tag is not None and event.tag not in _PLAIN_TAGS:
            return
        if not is_list:
            scope.values.setdefault(key, value)
        self.entries.append(Entry(scope, key, value, start, end, start if is_list else at))


def _content(text: Text, start: int, end: int, event: Any) -> tuple[int, int, str]:
    """Return where the content of a scalar stands, and what it is."""
    if event.style in ("'", '"'):
        start, end = start + 1, end - 1
    elif event.style in ("|", ">"):
        start = _next_line(text.shadow, start, end)
        end = start + len(text.shadow[start:end].rstrip())
    if text.utf8[start:end] == text.shadow[start:end]:
        return start, end, event.value
    return start, end, text.shown(start, end)


def _comments(text: Text, entries: list[Entry]) -> Iterator[tuple[int, int]]:
    """Yield the comments: what is after a `#` that begins a line or follows a blank (YAML 1.2,
    section 6.6), and in no value.
    """
    data, at, index = text.utf8, text.start, 0
    while True:
        at = data.find(b"#", at, text.end)
        if at < 0:
            return
        while index < len(entries) and entries[index].end <= at:
            index += 1
        is_inside = index < len(entries) and entries[index].start <= at
        if is_inside:
            at = max(entries[index].end, at + 1)
        elif at == 0 or data[at - 1] in b" \t\n\r":
            end = data.find(b"\n", at, text.end)
            end = text.end if end < 0 else end
            yield at, end
            at = end
        else:
            at += 1
