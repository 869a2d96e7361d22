"""Reads .env files from the disk as the code base's loader would, and lists every doubt.

A doubt is a place where the imported value could differ from what a program sees today. They
are gathered over all files and told together; with none, the values are certain.
"""

import hmac
import re
import secrets
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..errors import AmbiguityError
from ..files import failure, read_regular
from .loaders import all_loaders, python_dotenv
from .model import Parsed
from .names import names_told, printable_name

# A person's .env file is a few kilobytes; a dump or an image has strayed here.
LARGEST = 1 << 20
Interpolation = Literal["stop", "keep", "expand"]
_WHOLE_NAME = re.compile(r"[^\s=\0]+")


@dataclass(frozen=True)
class EnvFile:
    """A .env file as it is on the disk, and what a loader makes of it.

    Attributes:
        path: Relative to the top level of the repository.
        data: Its bytes.
        mode: Its permissions.
        mtime_ns: When it was last written, in nanoseconds.
        values: Key -> value, for the keys that have one.
        bare: Keys that stand alone: the loader sets nothing for them.
    """

    path: str
    data: bytes = field(repr=False)
    mode: int = 0o600
    mtime_ns: int = 0
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    bare: tuple[str, ...] = ()

    @property
    def keys(self) -> list[str]:
        """All its keys, in order."""
        return [*self.values, *self.bare]


@dataclass(frozen=True)
class Doubt:
    """A place that can be read in two ways.

    Attributes:
        path: The file.
        key: The key whose value is in doubt, None for the file as a whole.
        text: A line for the user, without a value.
    """

    path: str
    key: str | None
    text: str


@dataclass
class Reading:
    """All files read."""

    files: list[EnvFile] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)

    def doubt(self, path: str, text: str, key: str | None = None) -> None:
        """Note a place that can be read in two ways."""
        self.doubts.append(Doubt(path, key, text))

    def require_certainty(self, leaving: Mapping[str, Collection[str]]) -> None:
        """Stop when something that is about to go can be read in two ways.

        Args:
            leaving: The files that change -> their keys that go. Of what stays nothing is asked.

        Raises:
            AmbiguityError: It lists every place.
        """
        known = {file.path for file in self.files}
        doubts = [
            one.text
            for one in (*self.doubts, *_different(self.files, leaving))
            if one.path not in known
            or (one.path in leaving and (one.key is None or one.key in leaving[one.path]))
        ]
        if doubts:
            count = len(doubts)
            raise AmbiguityError(
                f"{count} {'place is' if count == 1 else 'places are'} ambiguous; nothing was "
                "changed. Put these right first:",
                doubts,
            )


def read_all(
    top: Path, paths: Sequence[Path], loaders: Sequence[str], interpolation: Interpolation = "stop"
) -> Reading:
    """Read the files named like .env files.

    Args:
        top: The top level of the repository.
        paths: What was found below it, of whatever kind.
        loaders: The names of the loaders that the code base uses; all of them must agree.
        interpolation: What to do where `${NAME}` changes a value: stop, keep the text as it is,
            or take the value that the loader makes from the file itself.

    Raises:
        RemediationFailureError: A file cannot be read.
    """
    reading = Reading()
    for path in paths:
        relative = path.relative_to(top).as_posix()
        data = _content(path, relative, reading)
        if data is None:
            continue
        status = path.stat()
        values = _values(relative, data, loaders, interpolation, reading)
        if values is not None:
            mode = stat.S_IMODE(status.st_mode)
            reading.files.append(EnvFile(relative, data, mode, status.st_mtime_ns, *values))
    return reading


def _content(path: Path, relative: str, reading: Reading) -> bytes | None:
    """Return the bytes of a file that can be one; else say why not."""
    try:
        kind = path.lstat().st_mode
        if stat.S_ISDIR(kind):
            reading.left.append((relative, "is a folder"))
            return None
        if stat.S_ISLNK(kind):
            target = path.readlink()
            reading.doubt(
                relative,
                f"{relative}: is a symbolic link to {target}; retire the file it leads to, "
                "or remove the link",
            )
            return None
        if not stat.S_ISREG(kind):
            reading.left.append((relative, "is not a regular file: a program feeds it"))
            return None
        data = read_regular(path, LARGEST)
    except OSError as error:
        raise failure(relative, "read", error) from None
    if data is None:
        reading.doubt(
            relative,
            f"{relative}: is larger than {LARGEST >> 20} MB, so it is hardly a .env file; "
            "rename it or name other paths",
        )
    elif b"\0" in data:
        reading.doubt(relative, f"{relative}: is binary; rename it or name other paths")
        data = None
    return data


def _values(
    relative: str,
    data: bytes,
    loaders: Sequence[str],
    interpolation: Interpolation,
    reading: Reading,
) -> tuple[dict[str, str], tuple[str, ...]] | None:
    """Return the keys with a value, and those without; None for what is no text."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reading.doubt(
            relative,
            f"{relative}:{line}:1: is not UTF-8, which the loaders expect; save it as UTF-8",
        )
        return None
    # Both libraries read text with universal newlines.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    parsed = {name: all_loaders()[name].parse(text) for name in loaders}
    for name, one in parsed.items():
        reading.doubts += _problems(relative, name, one, several=len(parsed) > 1)
    first = parsed[loaders[0]]
    reading.doubts += _disagreements(relative, parsed)
    values = first.values()
    if loaders[0] == python_dotenv.NAME:
        values = _interpolated(relative, first, interpolation, reading)
    kept = {key: value for key, value in values.items() if value is not None}
    return kept, tuple(key for key, value in values.items() if value is None)


def values_of(data: bytes, loaders: Sequence[str], interpolation: Interpolation) -> dict[str, str]:
    """Return the values in the bytes of a file that was read without doubts before."""
    found = _values("", data, loaders, interpolation, Reading())
    return found[0] if found else {}


def _problems(relative: str, loader: str, parsed: Parsed, *, several: bool) -> list[Doubt]:
    told = dict(names_told(parsed))
    by = f" ({loader})" if several else ""
    # A line that a loader drops may be half of another: it is a doubt of the file.
    found: list[tuple[int, int, str | None, str, str]] = [
        (problem.line, problem.column, None, problem.key, problem.text)
        for problem in parsed.problems
    ]
    seen: dict[str, int] = {}
    for one in parsed.assignments:
        text = ""
        if one.key in seen:
            text = (
                f"stands on line {seen[one.key]} already, and the loader takes the last; keep one"
            )
        elif not _WHOLE_NAME.fullmatch(one.key):
            text = "no environment can hold such a name; rename it"
        elif one.value is not None and "\0" in one.value:
            text = "no environment can hold a null character; take it out"
        seen.setdefault(one.key, one.line)
        if text:
            shown = one.key if one.key in told else ""
            found.append((one.line, one.column, one.key, shown, text))
    return [
        Doubt(
            relative, key, f"{relative}:{line}:{column}: {f'{shown}: ' if shown else ''}{text}{by}"
        )
        for line, column, key, shown, text in sorted(found, key=lambda one: one[:2])
    ]


def _disagreements(relative: str, parsed: Mapping[str, Parsed]) -> list[Doubt]:
    """List the keys that two loaders of the same code base read differently."""
    if len(parsed) < 2:
        return []
    views = {name: one.values() for name, one in parsed.items()}
    (first_name, first), *others = views.items()
    lines = {one.key: one.line for one in parsed[first_name].assignments}
    doubts = []
    for name, other in others:
        for key, value in first.items():
            if other.get(key) != value:
                text = (
                    f"{relative}:{lines[key]}:1: {printable_name(key) or 'a key'}: {first_name} "
                    f"and {name} read it differently, and the code uses both; write it so that "
                    "they agree, or choose with --loader"
                )
                doubts.append(Doubt(relative, key, text))
    return doubts


def _interpolated(
    relative: str, parsed: Parsed, interpolation: Interpolation, reading: Reading
) -> dict[str, str | None]:
    raw = parsed.values()
    if interpolation == "keep":
        return raw
    try:
        expanded = python_dotenv.interpolated(parsed.assignments, {})
    except ValueError:
        text = (
            f"{relative}: its values take in each other until they are too large; choose "
            "--interpolation keep, or write them out"
        )
        reading.doubt(relative, text, None)
        return raw
    if interpolation == "expand":
        return expanded
    for one in parsed.assignments:
        if one.uses and raw[one.key] != expanded[one.key]:
            names = ", ".join(f"${{{printable_name(name) or '…'}}}" for name in one.uses)
            text = (
                f"{relative}:{one.line}:{one.column}: {printable_name(one.key)}: {names} is "
                "replaced when it is loaded; write the value out, or choose with "
                "--interpolation keep or expand"
            )
            reading.doubt(relative, text, one.key)
    return raw


def _different(files: Iterable[EnvFile], leaving: Mapping[str, Collection[str]]) -> Iterator[Doubt]:
    """A key that goes out of two files must have one value: they go to one place."""
    key_of_run = secrets.token_bytes(32)
    seen: dict[str, tuple[str, bytes]] = {}
    for file in files:
        for name, value in file.values.items():
            if name not in leaving.get(file.path, ()):
                continue
            digest = hmac.digest(key_of_run, value.encode("utf-8", "surrogatepass"), "sha256")
            path, known = seen.setdefault(name, (file.path, digest))
            if not hmac.compare_digest(known, digest):
                text = (
                    f"{file.path}: {printable_name(name) or 'a key'}: has another value in {path}; "
                    "retire the files one at a time, each to its own place"
                )
                yield Doubt(file.path, name, text)
