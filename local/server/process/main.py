"""The server process of a stack: `python -m hushflake.local.server.process.main HOME`."""

import logging
import os
import sys
from pathlib import Path

from ...language.errors import LocalStackError
from .data_folder import state_of
from .files import replace_file


def main(home: Path) -> int:
    """Serve the stack in `home` until a signal or idleness ends it.

    Why it does not start is left in the file `failure`, for the process that asked.
    """
    # What is made from here on, also by DuckDB, is for this user alone.
    os.umask(0o077)
    state = state_of(home)
    try:
        return _serve(home, state)
    except LocalStackError as error:
        reason = str(error)
    except (ImportError, AttributeError) as error:
        # A name that another version of these has or had.
        if "sqlglot" not in str(error) and "duckdb" not in str(error):
            raise
        from .self_proof import refusal

        reason = refusal(str(error))
    logging.getLogger("hushflake.local").error("%s", reason)
    replace_file(state / "failure", reason.encode())
    return 3


def _serve(home: Path, state: Path) -> int:
    from .serving import serve

    return serve(home, state)


if __name__ == "__main__":
    code = main(Path(sys.argv[1]))
    sys.stdout.flush()
    # DuckDB is closed; its teardown at exit would only print about objects it leaks.
    os._exit(code)
