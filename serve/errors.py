"""What goes wrong before the server answers."""


class ServeError(Exception):
    """Base of this part. `str()` is the line a user reads; `exit_code` ends the process."""

    exit_code = 2
