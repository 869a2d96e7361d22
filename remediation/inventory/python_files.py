"""Reads the Python files of a run, and those again whose keys come through others."""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from hushflake.lint_plugin.analysis import ParseFailure, parse
from hushflake.lint_plugin.credentials.names import Names
from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.reading import TooLargeError, read
from hushflake.lint_plugin.settings import Policy

from .following.known import Known
from .following.project import Project
from .following.rounds import rounds
from .reads import FileReads, Reader
from .settling import settled

_CUT = (
    "uses functions and objects that read more often than can be followed: "
    "reads of keys that are not named here are counted as computed"
)


class Skip(Protocol):
    """Notes a file that could not be taken in."""

    def __call__(
        self, path: str, reason: str, line: int = 1, column: int = 1, *, failed: bool = False
    ) -> None: ...


class PythonFiles:
    """The Python files of one run."""

    def __init__(
        self,
        files: Mapping[str, str],
        reader: Reader,
        policy: Policy,
        names: Names,
        skip: Skip,
    ) -> None:
        """
        Args:
            files: Path relative to the root -> as the walk names it.
            reader: Reads one of them.
            policy: What the repository says of its files.
            names: Which names look secret.
            skip: Notes a file that could not be taken in.
        """
        self.files = files
        self.reader = reader
        self.policy = policy
        self.names = names
        self.skip = skip
        self.project = Project(files.items(), self._load)
        self._failed: set[str] = set()

    def run(self, tick: Callable[[int], None] | None = None) -> Iterator[FileReads]:
        """Yield what the files read, in order. `tick`: called after each file with their number."""
        results: dict[str, FileReads] = {}
        nothing = Known(self.project)
        for relative in self.files:
            data = self._data(relative, noted=True)
            if data is not None and self.reader.can_read(data):
                result = self._read(relative, data, nothing, None)
                if result is not None:
                    results[relative] = result
            if tick is not None:
                tick(len(self.files))
        rounds(self.project, results, self._data, self._read)
        self.project.release()
        yield from settled([results[each] for each in self.files if each in results])

    def _data(self, relative: str, *, noted: bool = False) -> bytes | None:
        try:
            return read(self.files[relative])
        except TooLargeError as error:
            if noted:
                self.skip(relative, f"{error.strerror}: not looked at")
        except OSError as error:
            if noted:
                self.skip(relative, f"cannot be read: {error.strerror}", failed=True)
        return None

    def _read(
        self, relative: str, data: bytes, known: Known, before: FileReads | None
    ) -> FileReads | None:
        try:
            module = self._module(relative, data)
            if module is None:
                return None
            try:
                found = self.reader.read(module, self.project, known, before)
                if found.is_cut:
                    self._note(relative, _CUT)
                return found
            finally:
                module.release()
        except RecursionError:
            self._note(relative, "is nested too deeply to be read")
        # One file must not end the run.
        except Exception as error:
            if os.environ.get("HUSHFLAKE_DEBUG"):
                raise
            message = f"internal error ({type(error).__name__}); the file was not read"
            self._note(relative, message, failed=True)
        return None

    def _note(
        self, relative: str, reason: str, line: int = 1, column: int = 1, *, failed: bool = False
    ) -> None:
        if relative not in self._failed:
            self._failed.add(relative)
            self.skip(relative, reason, line, column, failed=failed)

    def _module(self, relative: str, data: bytes) -> Module | None:
        path = self.files[relative]
        source = parse(data, path)
        if isinstance(source, ParseFailure):
            self._note(relative, source.message, source.line, source.column)
            return None
        return Module(path, source.utf8, self.policy, self.names, source)

    def _load(self, path: str) -> Module | None:
        """Parse a file that another one imports something of."""
        try:
            source = parse(read(path), path)
        except (OSError, RecursionError):
            return None
        if isinstance(source, ParseFailure):
            return None
        return Module(path, source.utf8, self.policy, self.names, source)
