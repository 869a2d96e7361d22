"""What can go wrong between two sides.

SyncError                exit code 3: a failure
├── SourceError          the side of the pages refused, or stayed out of reach
│   ├── NotionError      … with what Notion said
│   └── AnswerError      an answer of another shape than is documented
├── BusyError            another sync of this stack holds the lock
└── SyncMistakeError     exit code 2: the caller can put it right
    ├── MappingError     a data source that does not fit the mapping
    └── NotSetUpError    `sync notion --init` has not run on this stack
"""


class SyncError(Exception):
    """Base of this part. `str()` is the line a user reads; `exit_code` ends the process."""

    exit_code = 3


class SourceError(SyncError):
    """The side of the pages refused a request, or stayed out of reach.

    What a fault means for an edit is said here and nowhere else: only a verdict on a value settles
    it. Everything else leaves the edit to a later cycle.

    Attributes:
        passing: The same request may succeed later.
        refuses_value: It is a verdict on the value that was sent, and stays one.
        is_unseen: The object is not there, or not shared with us.
        ends_cycle: No other request of this cycle can succeed either.
    """

    refuses_value = False
    is_unseen = False
    ends_cycle = False

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


class UnreadableError(SourceError):
    """Content that cannot be had whole is never replaced."""

    refuses_value = True


class AnswerError(SourceError):
    """An answer of another shape than is documented: it decides nothing."""


class NotionError(SourceError):
    """Notion refused a request, or stayed out of reach.

    Attributes:
        status: The HTTP status, or None when no answer came.
        code: Notion's own word for it, for example `validation_error`.
    """

    def __init__(
        self, message: str, *, status: int | None = None, code: str = "", passing: bool = False
    ) -> None:
        super().__init__(message, passing=passing)
        self.status = status
        self.code = code
        # "Status codes", developers.notion.com/reference/status-codes.
        self.refuses_value = status == 400 and code == "validation_error"
        self.is_unseen = status == 404
        self.ends_cycle = status == 401


class BudgetError(NotionError):
    """The requests that one cycle may make are used up; the rest waits for the next cycle."""

    def __init__(self, budget: int) -> None:
        super().__init__(f"the {budget} requests of this cycle are used up", passing=True)


class BusyError(SyncError):
    """Another sync of this stack is at work."""


class SyncMistakeError(SyncError):
    """The caller can put it right: an option, a mapping, a missing token."""

    exit_code = 2


class MappingError(SyncMistakeError):
    """A data source that is not as the mapping has it: renamed, dropped or changed properties."""


class NotSetUpError(SyncMistakeError):
    """The tables and streams of the sync are not in the account yet."""
