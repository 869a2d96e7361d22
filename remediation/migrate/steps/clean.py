"""Remove byte code and caches."""

from hushflake.lint_plugin.settings import Policy, load

from ... import clean
from ...errors import RemediationFailureError
from ...ignores import NAME as GITIGNORE
from ...ignores import add_entries
from ...wording import counted, size_text
from ..step import Context, Done, Look, Part

ORDER = 70
NAME = "clean"
TITLE = "Remove byte code and caches"
COMMIT = "Ignore byte code"  # also of what an earlier run of this step has left


def look(context: Context) -> Look:
    found = _survey(context)
    entries = found.missing_entries(context.repository)
    lines = [f"removes {counted(found.files, 'file')}, {size_text(found.size)}"]
    part = Part(GITIGNORE, [f"+{entry}" for entry in entries], optional=True)
    return Look(lines, idle=not found.items, parts=(part,) if entries else ())


def act(context: Context) -> Done:
    found = _survey(context)
    failures = clean.remove(found)
    if failures:
        path, reason = failures[0]
        raise RemediationFailureError(f"{path}: cannot be removed: {reason}")
    removed = [f"{counted(found.files, 'file')} removed"]
    entries = [] if GITIGNORE in context.declined else found.missing_entries(context.repository)
    if not entries:
        return Done(removed)
    add_entries(context.repository, entries, "Byte code")
    return Done(removed, COMMIT, (GITIGNORE,))


def _survey(context: Context) -> clean.Survey:
    settings = load([str(context.top)])
    return clean.survey(context.top, keep=settings.keep_venv, policy=Policy(settings))
