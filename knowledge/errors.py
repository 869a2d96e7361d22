"""What can go wrong between a question and its answer, or a file and its table.

KnowledgeError              exit code 3: a failure
├── HiddenSyncError         the account refuses to tell about the sync
└── KnowledgeMistakeError   exit code 2: the caller can put it right
    ├── UnknownEntityError  no such entity; names those there are
    ├── InputError          a data file that cannot be read as rows
    ├── RejectedRowsError   some rows were refused; the others are in
    ├── UnreadableError     nothing is applied yet, or the role may not read it
    └── NotSyncedError      the sync is not set up on this stack
"""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


class KnowledgeError(Exception):
    """Base of this part. `str()` is the line a user reads; `exit_code` ends the process."""

    exit_code = 3


class HiddenSyncError(KnowledgeError):
    """The account refuses what the lag of the sync is read with: most often the role may not."""


class KnowledgeMistakeError(KnowledgeError):
    """The caller can put it right: an option, a name, a file.

    Attributes:
        public: The same without what the caller sent, for callers who must not see it echoed.
    """

    exit_code = 2

    def __init__(self, message: str, public: str | None = None) -> None:
        super().__init__(message)
        self.public = public or message


class UnknownEntityError(KnowledgeMistakeError):
    """A name that is no entity of the project."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.known = tuple(known)
        close = get_close_matches(name.upper(), self.known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(self.known)}"
        super().__init__(f"the project has no entity {name!r}; {hint}", f"no such entity; {hint}")


class InputError(KnowledgeMistakeError):
    """A data file that cannot be read as rows: where, what, and what would be right."""

    def __init__(self, path: Path, line: int, message: str, column: int = 1) -> None:
        self.path = path
        self.line = line
        self.column = column
        super().__init__(f"{path}:{line}:{column}: {message}")


class RejectedRowsError(KnowledgeMistakeError):
    """Rows that were refused, each with its reason in the reject file."""

    def __init__(self, count: int, reject_file: Path, example: str) -> None:
        self.count = count
        self.reject_file = reject_file
        rows = "1 row was" if count == 1 else f"{count} rows were"
        super().__init__(
            f"{rows} refused, the others are loaded; the reasons are in {reject_file}\n  {example}"
        )


class UnreadableError(KnowledgeMistakeError):
    """None of the entities can be read: they are not applied yet, or the role has no grant.

    Attributes:
        entities: Their names.
        stack: Name of the stack.
        is_missing: The session sees everything there is, so nothing is applied.
    """

    def __init__(self, entities: Iterable[str], stack: str, is_missing: bool) -> None:
        self.entities = tuple(entities)
        self.stack = stack
        self.is_missing = is_missing
        apply = f"hushflake apply --stack {stack}"
        what = self.entities[0] if len(self.entities) == 1 else "nothing of this project"
        if is_missing and len(self.entities) == 1:
            message = f"{what} is not applied on the stack {stack} yet: {apply}"
        elif is_missing:
            message = f"nothing is applied on the stack {stack} yet: {apply}"
        else:
            verb = "cannot be read" if len(self.entities) == 1 else "can be read"
            message = (
                f"{what} {verb} on the stack {stack}: it is not applied there yet ({apply}), "
                "or your role has no grant on it"
            )
        super().__init__(message)


class NotSyncedError(KnowledgeMistakeError):
    """Entities are mapped to Notion, but the sync is not set up on this stack."""


def require_text(value: str, what: str) -> None:
    """Fail when a text has halves of characters: what a shell passes on that is not UTF-8.

    Raises:
        KnowledgeMistakeError: Says so.
    """
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise KnowledgeMistakeError(
            f"{what} is not valid text: character {error.start + 1} is not UTF-8"
        ) from None
