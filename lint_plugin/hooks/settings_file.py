"""Our entries in the settings file of an assistant: put in, taken out, looked for.

Hooks of the user's own and the formatting of the file stay. A file that is changed is kept beside
itself first. In a project the file must lie inside it, links followed; a user's own may be a link,
as managers of such files make them.
"""

import contextlib
import json
import os
import re
import stat
from typing import Any, NamedTuple

from ..errors import LintError, LintFailureError
from ..reading import LARGEST_TEXT, is_inside, read
from . import json_text
from .host import Host
from .json_text import Node

BACKUP = ".before-hushflake"
_OURS = re.compile(r"\bhushflake\b.*\bhook run [a-z-]+(?: --known)?\s*$")


class Place(NamedTuple):
    """The settings file of an assistant; `root` is the project's folder, empty for the user's."""

    path: str
    root: str = ""


class Change(NamedTuple):
    """A file before and after: `old` is None for a new file, `new` for one that goes."""

    place: Place
    old: str | None
    new: str | None

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to write."""
        return self.old != self.new


def place_of(host: Host, root: str = "") -> Place:
    """Return where the hooks of an assistant are configured.

    Args:
        host: The assistant.
        root: The folder of a project; empty for the user's own settings.
    """
    if root:
        return Place(os.path.join(root, host.project_file), root)
    # hushflake: ignore[HSF102] a variable of the assistant's, no configuration of ours
    home = os.environ.get(host.home_variable, "") if host.home_variable else ""
    if home and os.path.isabs(home):
        return Place(os.path.join(home, host.user_file.partition("/")[2]))
    return Place(os.path.join(os.path.expanduser("~"), host.user_file))


def installed(host: Host, place: Place) -> bool:
    """Say whether our hook is configured.

    Raises:
        LintError: The file cannot be read, or is not JSON.
    """
    text = _text(place)
    return text is not None and any(True for _ in _ours(host, _parsed(place, text)))


def turned_off(place: Place) -> bool:
    """Say whether a file turns off all hooks (`disableAllHooks`).

    Raises:
        LintError: The file cannot be read, or is not JSON.
    """
    text = _text(place)
    value = _parsed(place, text).value if text is not None else {}
    return value.get("disableAllHooks") is True


def with_hook(host: Host, place: Place, command: str) -> Change:
    """Return what puts our hook in, in the place of one of an earlier installation.

    Raises:
        LintError: The file cannot be read or understood.
    """
    old = _text(place)
    wanted = host.entries(command)
    if old is None or host.own_file:
        document = {**host.frame, "hooks": wanted}
        return Change(place, old, json.dumps(document, indent=2) + "\n")
    if _present(host, _parsed(place, old)) == wanted:
        return Change(place, old, old)
    text = _without_ours(host, place, old) if old.strip() else "{}\n"
    for key, value in host.frame.items():
        if key not in _parsed(place, text).value:
            text = json_text.put_member(text, _parsed(place, text), key, value)
    for event, entries in wanted.items():
        for entry in entries:
            text = _with_entry(place, text, event, entry)
    return Change(place, old, text)


def without_hook(host: Host, place: Place) -> Change:
    """Return what takes our hook out.

    Raises:
        LintError: The file cannot be read or understood.
    """
    old = _text(place)
    if old is None or not installed(host, place):
        return Change(place, old, old)
    return Change(place, old, None if host.own_file else _without_ours(host, place, old))


def write(change: Change) -> str:
    """Write a change; return the path of the copy that was kept, or nothing.

    Raises:
        LintFailureError: It cannot be written.
    """
    path = os.path.realpath(change.place.path)
    kept = ""
    try:
        if change.new is None:
            os.unlink(path)
            return ""
        os.makedirs(
            os.path.dirname(path), mode=0o700 if not change.place.root else 0o777, exist_ok=True
        )
        mode = stat.S_IMODE(os.stat(path).st_mode) if change.old is not None else None
        if change.old is not None and not _names_us(change.old):
            kept = path + BACKUP
            replace(kept, change.old, mode)
        replace(path, change.new, mode)
        if not kept and not _names_us(change.new):
            _drop_copy(path + BACKUP, change.new)
    except OSError as error:
        raise LintFailureError(f"{path}: cannot be written: {error.strerror}") from None
    return kept


def _names_us(text: str) -> bool:
    """Say whether a file may hold an entry of ours: then it is no file as it was before us."""
    return re.search(r"\bhushflake\b.*\bhook run ", text) is not None


def _drop_copy(path: str, text: str) -> None:
    """Remove the copy of an installation when its file is as it was again."""
    with contextlib.suppress(OSError):
        if read(path, LARGEST_TEXT, follow=False) == text.encode():
            os.unlink(path)


def replace(path: str, text: str, mode: int | None) -> None:
    """Put a file in the place of another, or of none, at once; a reader meets one of the two."""
    temporary = f"{path}.{os.getpid()}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8", "surrogatepass"))
        if mode is None:
            mask = os.umask(0)
            os.umask(mask)
            mode = 0o666 & ~mask
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _text(place: Place) -> str | None:
    """Return the text of a settings file, None where there is no file."""
    path = place.path
    if place.root and not is_inside(path, place.root):
        raise LintError(
            f"{path}: leads out of the project; leave out --project to install for yourself"
        )
    try:
        return read(path, LARGEST_TEXT).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError:
        raise LintError(f"{path}:1:1: is not UTF-8; nothing was changed") from None
    except OSError as error:
        raise LintFailureError(f"{path}: cannot be read: {error.strerror}") from None


def _parsed(place: Place, text: str) -> Node:
    try:
        node = json_text.parse(text) if text.strip() else json_text.parse("{}")
    except json.JSONDecodeError as error:
        at = f"{place.path}:{error.lineno}:{error.colno}"
        raise LintError(f"{at}: is not JSON; mend it first, nothing was changed") from None
    except ValueError as error:
        raise LintError(f"{place.path}:1:1: is {error}; nothing was changed") from None
    hooks = node.value.get("hooks", {}) if isinstance(node.value, dict) else None
    if not isinstance(hooks, dict) or not all(isinstance(each, list) for each in hooks.values()):
        raise LintError(
            f"{place.path}:1:1: is not a settings file as its documentation describes it "
            "(an object, with lists in `hooks`); nothing was changed"
        )
    return node


def _is_ours(host: Host, entry: Any) -> bool:
    return any(_OURS.search(command) for command in host.commands(entry))


def _ours(host: Host, top: Node) -> "list[tuple[str, Node, Node]]":
    """Return (event, list of the event, our entry) for each of our entries."""
    if not top.members or "hooks" not in top.members:
        return []
    events = top.members["hooks"][1].members or {}
    return [
        (event, listed, entry)
        for event, (_, listed) in events.items()
        for entry in listed.items or ()
        if _is_ours(host, entry.value)
    ]


def _present(host: Host, top: Node) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for event, _, entry in _ours(host, top):
        found.setdefault(event, []).append(entry.value)
    return found


def _with_entry(place: Place, text: str, event: str, entry: Any) -> str:
    top = _parsed(place, text)
    assert top.members is not None  # noqa: S101 (`_parsed` takes objects alone)
    if "hooks" not in top.members:
        return json_text.put_member(text, top, "hooks", {event: [entry]})
    hooks = top.members["hooks"][1]
    if event in (hooks.members or {}):
        return json_text.put_item(text, (hooks.members or {})[event][1], entry)
    return json_text.put_member(text, hooks, event, [entry])


def _without_ours(host: Host, place: Place, text: str) -> str:
    while found := _ours(host, _parsed(place, text)):
        event, listed, entry = found[0]
        inner = entry.value.get("hooks") if isinstance(entry.value, dict) else None
        if isinstance(inner, list) and len(inner) > 1 and entry.members:
            # A group that the user shares with us: our command goes, the group stays.
            group = entry.members["hooks"][1]
            ours = next(each for each in group.items or () if _is_ours(host, each.value))
            text = json_text.without(text, group, ours.start, ours.end)
            continue
        text = json_text.without(text, listed, entry.start, entry.end)
        text = _without_empty(place, text, event)
    return text


def _without_empty(place: Place, text: str, event: str) -> str:
    """Take away the list of an event that is empty now, and `hooks` when nothing is left in it."""
    top = _parsed(place, text)
    hooks = (top.members or {})["hooks"][1]
    at, listed = (hooks.members or {})[event]
    if not listed.items:
        text = json_text.without(text, hooks, at, listed.end)
    top = _parsed(place, text)
    at, hooks = (top.members or {})["hooks"]
    return text if hooks.members else json_text.without(text, top, at, hooks.end)
