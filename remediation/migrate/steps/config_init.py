"""Write the accessor module, and its settings in pyproject.toml."""

from hushflake.config.project.scaffold import plan, write

from .. import accessor
from ..retiring import uses_store
from ..step import Context, Done, Look

ORDER = 30
NAME = "config-init"
TITLE = "Set up the accessor"


def look(context: Context) -> Look:
    request = accessor.request(context)
    if request is None:
        return Look([f"{_why_not(context)}: reads go to the configured module"], idle=True)
    changes = plan(request)
    lines = [
        f"{change.path.relative_to(context.top.resolve())}: is {change.state}"
        for change in changes
        if change.state != "unchanged"
    ]
    if request.module is not None:
        lines.append(f"code imports {request.name}")
    else:
        lines.append("code imports hushflake.config, which finds its settings beside the code")
    if "mode" in request.arguments:
        lines.append(
            "mode development, as .env files feed the application; production refuses them"
        )
    return Look(lines)


def _why_not(context: Context) -> str:
    if not context.retires:
        return "no --accessor, and no --to"
    return "the store is configured" if uses_store(context) else "no key goes to the store"


def act(context: Context) -> Done:
    request = accessor.request(context)
    if request is None:
        return Done()
    written = write(request)
    top = context.top.resolve()
    message = "Read configuration through one accessor module"
    if request.module is None:
        message = "Say where configuration comes from"
    return Done(
        [f"{one.path.relative_to(top)}: {one.state}" for one in written],
        message,
        tuple(one.path.relative_to(top).as_posix() for one in written),
    )
