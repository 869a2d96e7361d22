"""Look whether everything that later steps need is there, before anything is changed."""

from importlib import import_module

from hushflake.config.project.scaffold import plan
from hushflake.lint_plugin.settings import load

from ...dependency.requirement import default
from ...dotenv import planning
from ...trying.interpreter import chosen, require_hushflake
from ...wording import counted
from .. import accessor, retiring
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
    asked = retiring.request(context, target=context.options.target)
    options = context.options
    accessor.require_importable(context)
    if options.tries:
        python = chosen(context.top, options.python)
        require_hushflake(python, options.requirement or default())
        lines.append(f"interpreter {python}")
    if "dotenv" not in context.options.skip:
        planned = planning.plan(context.top, asked)
        if planned.reading.files:
            where = f"to {asked.target}" if asked.target else "and no --to: they stay"
            lines.append(f"{counted(len(planned.reading.files), '.env file')} {where}")
        else:
            lines.append("no .env file")
    if wanted := accessor.request(context):
        plan(wanted)  # what is in the way is said here
    submodules = repository.submodules()
    if submodules:
        lines.append(f"submodules are left as they are: {', '.join(submodules)}")
    return Look(lines)


def act(context: Context) -> Done:
    look(context)
    return Done()
