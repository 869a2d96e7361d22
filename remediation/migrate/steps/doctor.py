"""Look whether everything that later steps need is there, before anything is changed."""

from importlib import import_module

from hushflake.lint_plugin.settings import Settings, load

from ...dependency.requirement import default
from ...dotenv import planning
from ...errors import RemediationError
from ...trying.interpreter import chosen, require_hushflake
from ...wording import counted
from ..step import Context, Done, Look

ORDER = 10
# Modules that later steps load, and that bring in what an extra installs.
NEEDED = ("hushflake.codemods.reshape", "hushflake.templates.reporting", "yaml")
NAME = "doctor"
TITLE = "Check the prerequisites"


def look(context: Context) -> Look:
    # A missing extra is told here and not in the middle.
    for module in NEEDED:
        import_module(module)
    repository = context.repository
    settings = load([str(context.top)])
    lines = [
        f"repository {context.top}, on {repository.branch or 'a detached HEAD'}",
        f"accessor {context.options.accessor or settings.accessor}",
    ]
    request = planning.Request(
        target=context.options.target, recipients=context.options.recipients, allow_dirty=True
    )
    options = context.options
    if context.retires and options.accessor is None and settings.accessor == Settings().accessor:
        raise RemediationError(
            f"--to {options.target}: nothing would read the values from there; name the accessor "
            "module that is to be written, as in --accessor PACKAGE/config.py"
        )
    if options.tries:
        python = chosen(context.top, options.python)
        require_hushflake(python, options.requirement or default())
        lines.append(f"interpreter {python}")
    if "dotenv" not in context.options.skip:
        planned = planning.plan(context.top, request)
        where = f"to {request.target}" if request.target else "and no --to: they stay"
        lines.append(f"{counted(len(planned.files), '.env file')} {where}")
    submodules = repository.submodules()
    if submodules:
        lines.append(f"submodules are left as they are: {', '.join(submodules)}")
    return Look(lines)


def act(context: Context) -> Done:
    look(context)
    return Done()
