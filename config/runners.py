"""Whether this program is a test runner of the standard library or of Django.

pytest has our plugin; these two have no such hook, and settings modules are imported before a
runner of a project's own choice is. So the program is looked at: what its first argument is, and
nothing that merely happens to be imported. A program that serves is never taken for one.
"""

import os
import sys
from collections.abc import Sequence

# What `python -m unittest` makes of sys.argv[0], for its own help. Worker processes that are
# spawned inherit it.
_UNITTEST = "-m unittest"
_DJANGO = frozenset({"manage.py", "django-admin", "django-admin.py", "django-admin.exe"})


def runner(argv: Sequence[str] | None = None) -> str | None:
    """The test runner that this program is, as a person would call it; else None."""
    argv = getattr(sys, "argv", ()) if argv is None else argv
    if not argv:
        return None
    program = argv[0].replace(os.sep, "/")
    if program.endswith(_UNITTEST):
        return "python -m unittest"
    folder, _, name = program.rpartition("/")
    is_django = name in _DJANGO or program.endswith("/django/__main__.py")
    if is_django and list(argv[1:2]) == ["test"]:
        return f"{name if folder == '' or name != '__main__.py' else 'python -m django'} test"
    return None
