"""What can go wrong in this part.

CodemodError                  one base; `exit_code` 2, the user's mistake
├── UnknownTransformError     a name that no transform has
├── MappingError              the file that renames keys cannot be used
└── CodemodFailureError       `exit_code` 3: a file could not be read or written
"""


class CodemodError(Exception):
    """Base of this part. `str()` is the line a user reads; `exit_code` ends the process."""

    exit_code = 2


class UnknownTransformError(CodemodError):
    """A name that no transform has."""


class MappingError(CodemodError):
    """The file that renames keys cannot be read, or renames two keys to one name."""


class CodemodFailureError(CodemodError):
    """A file could not be read or written."""

    exit_code = 3
