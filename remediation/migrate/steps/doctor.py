"""Look whether everything that later steps need is there, before anything is changed."""

from hushflake.lint_plugin.settings import load

from ...dotenv import retire
from ...wording import counted
from ..step import Context, Done, Look

ORDER = 10
NAME = "doctor"
TITLE = "Look whether everything is there"


def look(context: Context) -> Look:
    # Loads what later steps load: a missing extra is told here and not in the middle.
    import libcst  # noqa: F401
    import yaml  # noqa: F401

    from hushflake.templates.reporting import render_report  # noqa: F401

    repository = context.repository
    settings = load([str(context.top)])
    lines = [
        f"repository {context.top}, on {repository.branch or 'a detached HEAD'}",
        f"accessor {context.options.accessor or settings.accessor}",
    ]
    request = retire.Request(
        target=context.options.target, recipients=context.options.recipients, allow_dirty=True
    )
    if NAME_OF_DOTENV not in context.options.skip:
        planned = retire.plan(context.top, request)
        where = f"to {request.target}" if request.target else "and no --to: they stay"
        lines.append(f"{counted(len(planned.files), '.env file')} {where}")
    submodules = repository.submodules()
    if submodules:
        lines.append(f"submodules are left as they are: {', '.join(submodules)}")
    return Look(lines)


NAME_OF_DOTENV = "dotenv"


def act(context: Context) -> Done:
    look(context)
    return Done()
