"""What commands do with .env files: by whatever program, every one that is read is a use."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from .base import EnvUse, Holds, beside, from_anywhere, is_outside, names_env_file
from .commands import Command, path_of

SOURCING = (
    'take the values from the store, as in `eval "$(pulumi env open ENVIRONMENT --format shell)"`, '
    "or start it with `hushflake config run -- …`"
)
STARTING = "start it with `hushflake config run -- …`, and take the .env file out of the command"
_NAME = re.compile(r"\b[A-Z][A-Z0-9_]{2,}\b")
# Programs that name a file, and take none of its values.
_BLIND = frozenset(
    {
        *("rm", "touch", "chmod", "chown", "ls", "test", "[", "[[", "mkdir", "git", "echo", "find"),
        *("printf", "stat", "shred", "tee", "vi", "vim", "nano", "emacs", "code", "hushflake"),
    }
)
# Options whose word is written, or left out.
_PASSED = re.compile(r"--?(?:o|O|out|output|out-file|exclude.*|ignore.*)")
# Programs whose last word is what they write.
_COPIERS = frozenset({"cp", "mv", "ln", "install", "rsync", "scp"})
_SEARCHERS = frozenset({"grep", "egrep", "fgrep", "rg", "sed", "awk", "gawk"})
_LONGEST = 1000
# They load the file inside of the program: https://www.uvicorn.org/settings/.
_LOADERS = frozenset({"uvicorn", "flask"})
_SHELL = frozenset({"source", ".", "done", ""})


class Place(NamedTuple):
    """Where commands stand. `at_home`: they run in the folder of their file."""

    path: str
    kind: str
    at_home: bool = False

    def files(self, written: str) -> tuple[str, ...]:
        """Return the paths that a word may mean."""
        return beside(self.path, written) if self.at_home else from_anywhere(self.path, written)


def uses_in(found: Iterable[Command], place: Place, known: Mapping[str, str]) -> Iterator[EnvUse]:
    """Yield the .env files that commands read.

    Args:
        found: The commands.
        place: Where they stand.
        known: Variables with a plain value.
    """
    for command in found:
        for word in _read_words(command):
            written = path_of(word, known)
            # What holds blanks is a text, and no name.
            if names_env_file(written) and not re.search(r"\s", written):
                yield _use(command, word, written, place)


def files_written(found: Iterable[Command], known: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield (file as written, line) of the .env files that commands write."""
    for command in found:
        words = [*command.written]
        if command.program == "tee":
            words += command.words[1:]
        elif command.program in _COPIERS:
            words += command.words[-1:]
        for word in words:
            written = path_of(word, known) if len(word) < _LONGEST else ""
            if names_env_file(written):
                yield written, command.line


def _read_words(command: Command) -> Iterator[str]:
    """Yield the words of a command that it may read as files."""
    yield from (word for word in command.fed if len(word) < _LONGEST)
    words = command.words[1:]
    if command.program in _BLIND:
        return
    if command.program in _COPIERS:
        words = words[:-1]
    before = ""
    for word in words:
        option = word.partition("=")[0] if word.startswith("-") else before
        if len(word) < _LONGEST and not _PASSED.fullmatch(option):
            yield word
        before = word if word.startswith("-") else ""


def _use(command: Command, word: str, written: str, place: Place) -> EnvUse:
    keys: frozenset[str] | None = None
    does, remedy = f"gives it to `{command.shown}`", STARTING
    if command.program in _SHELL:
        does, remedy = "takes its keys into the shell", SOURCING
    elif command.program in _SEARCHERS:
        others = [one for one in command.words[1:] if one != word]
        if not any(re.fullmatch("-[a-uw-z]*v[a-z]*|--invert-match", one) for one in others):
            keys = frozenset(_NAME.findall(" ".join(others))) or None
        does, remedy = f"reads it with `{command.program}`", SOURCING
    holds: Holds = "tracked" if is_outside(written) else "always"
    files = place.files(written)
    return EnvUse(
        place.path, command.line, place.kind, written, files, keys, does, remedy, holds,
        loads=command.program in _LOADERS,
    )  # fmt: skip
