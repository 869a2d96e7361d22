"""What goes wrong between us and an account; each error carries its facts."""


class DeployError(Exception):
    """Base of this part. `str()` is the line a user reads; `exit_code` ends the process."""

    exit_code = 3


class MistakeError(DeployError):
    """The caller can put it right: an option, a definition, a missing credential."""

    exit_code = 2


class ConnectError(DeployError):
    """No session: the account is unreachable, or refuses who we say we are."""


class StatementError(DeployError):
    """A statement that the server refused, or whose answer never came.

    Attributes:
        sql: The statement, secrets masked.
        code: The server's error number, or None when no answer came.
        state: The five characters of SQLSTATE, or None.
        query_id: The server's id of the query, or None.
        transient: A network or service fault; the same statement may pass later.
        unknown: No answer came: the statement may or may not have run.
    """

    def __init__(
        self,
        message: str,
        *,
        sql: str,
        code: int | None = None,
        state: str | None = None,
        query_id: str | None = None,
        transient: bool = False,
        unknown: bool = False,
    ) -> None:
        super().__init__(message)
        self.sql = sql
        self.code = code
        self.state = state
        self.query_id = query_id
        self.transient = transient
        self.unknown = unknown


class LockedError(DeployError):
    """Another deployment holds the stack."""


class LockLostError(DeployError):
    """The lease ran out under us and somebody else may have taken the stack."""


class MovedError(MistakeError):
    """The account is not what the saved plan was made against."""


class RefusedError(MistakeError):
    """The plan holds an operation that needs an explicit word of the caller."""


class IncompleteError(DeployError):
    """Some operations failed; the report of what was done was printed before."""
