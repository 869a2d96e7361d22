"""Remove byte code and caches, and ignore them."""

from hushflake.lint_plugin.settings import load

from ... import clean
from ...errors import RemediationFailureError
from ...ignores import NAME as GITIGNORE
from ...ignores import add_entries, missing_entries
from ...wording import counted, size_text
from ..step import Context, Done, Look

ORDER = 70
NAME = "clean"
TITLE = "Remove byte code and caches"


def look(context: Context) -> Look:
    found = _survey(context)
    entries = missing_entries(context.repository, clean.IGNORES)
    lines = [f"removes {counted(found.files, 'file')}, {size_text(found.size)}"]
    lines += [f".gitignore: adds {entry}" for entry in entries]
    return Look(lines, idle=not found.items and not entries)


def act(context: Context) -> Done:
    found = _survey(context)
    failures = clean.remove(found)
    if failures:
        path, reason = failures[0]
        raise RemediationFailureError(f"{path}: cannot be removed: {reason}")
    add_entries(context.repository, clean.IGNORES, "Byte code and caches")
    return Done(
        [f"{counted(found.files, 'file')} removed"], "Ignore byte code and caches", (GITIGNORE,)
    )


def _survey(context: Context) -> clean.Survey:
    return clean.survey(context.top, keep=load([str(context.top)]).keep_venv)
