"""Where an application declares what it needs: the declarations nearest to its code."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from fnmatch import fnmatchcase
from pathlib import Path

from ..files import failure, read_regular, write_atomically
from .kinds import all_kinds
from .kinds.base import Kind, NotPlainError, Strength
from .requirement import Requirement
from .shown import without_credentials

# No declaration that a person keeps is larger.
_LARGEST = 1 << 20


@dataclass(frozen=True)
class Declaration:
    """A file that lists what an application needs.

    Attributes:
        path: Relative to the top, with `/`.
        declares: Whether hushflake is in the list.
    """

    top: Path
    path: str
    kind: Kind
    text: str
    strength: Strength

    @property
    def declares(self) -> bool:
        return self.kind.declares(self.text)

    def names(self, extras: str) -> bool:
        """Say whether the line of hushflake names extras (`[vault]`), as far as is plain."""
        lines = [line for line in self.text.splitlines() if "hushflake" in line]
        words = [word for word in extras.strip("[]").split(",") if word]
        return all(any(word in line for line in lines) for word in words)

    def edited(self, requirement: Requirement) -> str:
        """Return the text with the requirement added.

        Raises:
            NotPlainError: It must be added by hand.
        """
        return self.kind.edited(self.text, requirement)

    def by_hand(self, requirement: Requirement) -> str:
        """Say what must be added by hand, "" if we can do it."""
        try:
            self.edited(requirement)
        except NotPlainError as error:
            return str(error)
        return ""

    def diff(self, requirement: Requirement) -> list[str]:
        """Return the lines that change, credentials masked. No other line is shown."""
        before, after = self.text.splitlines(), self.edited(requirement).splitlines()
        lines = list(unified_diff(before, after, self.path, self.path, lineterm="", n=0))
        return [without_credentials(line) for line in lines if not line.startswith("@@")]

    def add(self, requirement: Requirement) -> None:
        """Add the requirement to the file.

        Raises:
            NotPlainError: It must be added by hand.
            RemediationFailureError: It cannot be written.
        """
        data = self.edited(requirement).encode("utf-8")
        write_atomically(self.top / self.path, data)


def declarations(top: Path, files: Iterable[str]) -> list[Declaration]:
    """Return the declarations of the applications that some files belong to.

    For each file it is the nearest folder upward that declares anything. A weak declaration
    counts where its folder has no other.

    Args:
        top: The repository.
        files: Paths relative to it, with `/`.

    Raises:
        RemediationFailureError: A declaration cannot be read.
    """
    found: dict[str, Declaration] = {}
    seen: dict[str, list[Declaration]] = {}
    for folder in sorted({file.rpartition("/")[0] for file in files} or {""}):
        for home in _upward(folder):
            if home not in seen:
                seen[home] = _chosen(_in(top, home))
            if seen[home]:
                found.update((one.path, one) for one in seen[home])
                break
    return [found[path] for path in sorted(found)]


def declaration(top: Path, path: str, kind: Kind) -> Declaration | None:
    """Return a file as a declaration of a kind; None where it is none that can be read.

    Raises:
        RemediationFailureError: It cannot be read.
    """
    if _is_led_out(top, path.rpartition("/")[0]):
        return None
    text = _text(top, path)
    return None if text is None else Declaration(top, path, kind, text, kind.strength(text))


def _chosen(found: list[Declaration]) -> list[Declaration]:
    strong = [one for one in found if one.strength == "strong"]
    # An image alone says little of a project: what could declare it counts beside it.
    has_list = any(one.kind.KIND != "Dockerfile" for one in strong)
    return strong if has_list else found


def _in(top: Path, folder: str) -> list[Declaration]:
    """Return the declarations of one folder, weak ones among them."""
    listed: dict[str, list[str]] = {}
    return [
        Declaration(top, path, kind, text, strength)
        for kind in all_kinds()
        for path in _paths(top, folder, kind.PATTERNS, listed)
        if (text := _text(top, path)) is not None and (strength := kind.strength(text)) != "none"
    ]


def _names(folder: Path) -> list[str]:
    try:
        return sorted(one.name for one in folder.iterdir())
    except OSError:
        return []


def _paths(
    top: Path, folder: str, patterns: tuple[str, ...], listed: dict[str, list[str]]
) -> Iterator[str]:
    """Yield the files of a folder that fit; of those in a folder below it the first alone.

    Args:
        top: The repository.
        folder: Relative to it.
        patterns: Of names, and of folders below.
        listed: The names in each folder that was looked into; of one that cannot be, none.
    """
    taken: set[str] = set()
    for pattern in patterns:
        below, _, name = pattern.rpartition("/")
        inner = "/".join(part for part in (folder, below) if part)
        if below and taken:
            return
        if inner not in listed:
            listed[inner] = [] if _is_led_out(top, inner) else _names(top / inner)
        for entry in listed[inner]:
            path = f"{inner}/{entry}" if inner else entry
            if fnmatchcase(entry, name) and path not in taken:
                taken.add(path)
                yield path


def _is_led_out(top: Path, folder: str) -> bool:
    """Say whether a link stands in the way to a folder."""
    return (top / folder).resolve() != top.resolve() / folder


def _text(top: Path, path: str) -> str | None:
    try:
        data = read_regular(top / path, _LARGEST)
        # Not `read_text`: line ends stay as they are.
        return data.decode("utf-8") if data is not None else None
    except UnicodeDecodeError:
        return None
    except OSError as error:
        if (top / path).is_file() and not (top / path).is_symlink():
            raise failure(top / path, "read", error) from None
        return None


def _upward(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""
