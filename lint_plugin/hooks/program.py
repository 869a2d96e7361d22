"""The command that calls this very installation, whatever the working folder holds."""

import os
import shlex
import sys


def program() -> str:
    """Return the command for a shell; no folder and no changed PATH can give it to another.

    With `-P` Python imports nothing of the working folder, which may be anybody's.
    """
    script = os.path.join(os.path.dirname(sys.executable), "hushflake")
    if os.path.isfile(script) and os.access(script, os.X_OK):
        return shlex.quote(script)
    return f"{shlex.quote(sys.executable)} -P -m hushflake.cli.start"
