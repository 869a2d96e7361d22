"""What can go wrong between Notion and Snowflake.

SyncError                exit code 3: a failure
├── NotionError          Notion refused, or stayed out of reach
├── BusyError            another sync of this stack holds the lock
└── SyncMistakeError     exit code 2: the caller can put it right
    ├── MappingError     a data source that does not fit the mapping
    └── NotSetUpError    `sync notion --init` has not run on this stack
"""


class SyncError(Exception):
    """Base of this part. `str()` is the line a user reads; `exit_code` ends the process."""

    exit_code = 3


class NotionError(SyncError):
    """Notion refused a request, or stayed out of reach.

    Attributes:
        status: The HTTP status, or None when no answer came.
        code: Notion's own word for it, for example `validation_error`.
        passing: The same request may succeed later.
    """

    def __init__(
        self, message: str, *, status: int | None = None, code: str = "", passing: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.passing = passing

    @property
    def is_unseen(self) -> bool:
        """The object is not there, or not shared with us: Notion does not tell which."""
        return self.status in (403, 404)


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
