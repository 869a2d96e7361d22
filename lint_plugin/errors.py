"""What can go wrong in this part.

LintError                     one base; `exit_code` 2, the user's mistake
├── SettingsError             [tool.hushflake] or an option cannot be used
├── BaselineError             a baseline file cannot be read
└── LintFailureError          `exit_code` 3: a file could not be read or written
"""


class LintError(Exception):
    """Base of this part. `str()` is the line a user reads; `exit_code` ends the process."""

    exit_code = 2


class SettingsError(LintError):
    """`[tool.hushflake]`, or an option of the same meaning, holds what cannot be used."""


class BaselineError(LintError):
    """A baseline file is not one, or is of a format that this version does not know."""


class LintFailureError(LintError):
    """A file could not be read or written."""

    exit_code = 3
