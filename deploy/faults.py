"""The connector's errors as ours: is it worth another try, did it run; no secret in the text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from .errors import StatementError

# Server-side codes that pass by themselves:
# 000604 cancelled by the service, 000610 warehouse resuming, 000625 lock timeout: the statement
# was not carried out. https://docs.snowflake.com/en/user-guide/client-connectivity-troubleshooting
_PASSING_CODES = {604, 610, 625}
# The server has ended the session, and looked at nothing of the statement: 390111 it is gone,
# 390112 its token expired, 390113-390115 the token that would give a new one is missing, expired
# (four hours without a statement) or invalid. Sources: "Session policies" and "Error message:
# Session no longer exists", docs.snowflake.com and community.snowflake.com; the connector's
# network.py (4.8) has the names of the codes.
ENDED_CODES = frozenset({390111, 390112, 390113, 390114, 390115})
_SECRET_ARGUMENTS = (
    "password",
    "passcode",
    "token",
    "private_key",
    "private_key_file_pwd",
    "oauth_client_secret",
    "session_token",
    "master_token",
)


@dataclass
class Masker:
    """Knows the secrets of a session, so that no text of ours shows them."""

    values: set[str] = field(default_factory=set, repr=False)

    @classmethod
    def of_arguments(cls, arguments: Mapping[str, Any]) -> Self:
        """Return one that knows the secrets among connector arguments."""
        secrets = (arguments.get(name) for name in _SECRET_ARGUMENTS)
        return cls({secret for secret in secrets if isinstance(secret, str) and secret})

    def fill(self, sql: str, secrets: Mapping[str, str]) -> str:
        """Return `sql` with the placeholders replaced, and remember the values."""
        for placeholder, value in secrets.items():
            # Of a literal also what is in it: a message may quote it otherwise.
            self.values.update({value, value.removeprefix("'").removesuffix("'")})
            sql = sql.replace(placeholder, value)
        return sql

    def mask(self, text: str) -> str:
        """Return `text` without any secret that went through this session."""
        for value in sorted(self.values, key=len, reverse=True):
            text = text.replace(value, "********")
        return text


def text_of(error: BaseException, masker: Masker) -> str:
    """Return the message of a connector error on one line, without ids and secrets."""
    raw = getattr(error, "raw_msg", None) or getattr(error, "msg", None) or str(error)
    text = " ".join(masker.mask(str(raw)).split())
    return re.sub(r"^\d{6}(?: \(\w{5}\))?: (?:[0-9a-f-]{36}: )?", "", text) or type(error).__name__


def statement_error(error: Exception, sql: str, masker: Masker) -> StatementError:
    """Return our error for one of the connector's."""
    if isinstance(error, StatementError):
        return error
    code = getattr(error, "errno", None)
    code = code if isinstance(code, int) and code > 0 else None
    answered = _is_answer(error, code)
    return StatementError(
        text_of(error, masker),
        sql=masker.mask(sql),
        code=code if answered else None,
        state=getattr(error, "sqlstate", None),
        query_id=getattr(error, "sfqid", None),
        transient=not answered or code in _PASSING_CODES or code in ENDED_CODES,
        unknown=not answered,
    )


def _is_answer(error: Exception, code: int | None) -> bool:
    """Whether the server answered: then the statement failed there, and left nothing behind."""
    from snowflake.connector import errors

    if isinstance(error, errors.InterfaceError | errors.OperationalError | errors.InternalError):
        return False
    if isinstance(error, errors.Error):
        return not (code is not None and 250000 <= code < 300000)
    return not isinstance(error, OSError)
