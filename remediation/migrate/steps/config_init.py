"""Write the accessor module and its section in pyproject.toml."""

from typing import Any

from hushflake.config.scaffold import write

from ...dotenv import planning
from ...dotenv.find import find
from ...dotenv.loader_choice import uses_loader
from ..step import Context, Done, Look

ORDER = 30
NAME = "config-init"
TITLE = "Write the accessor module"
_REMARKS = {
    "mode": ".env files are allowed. Where none is loaded, run with HUSHFLAKE_MODE=production."
}


def look(context: Context) -> Look:
    module = context.options.accessor
    if module is None:
        return Look(["no --accessor: reads go to the configured module"], idle=True)
    lines = [f"writes {module} and [tool.hushflake] in pyproject.toml"]
    if is_fed_by_files(context):
        lines.append(
            "mode development, as .env files feed the application; production refuses them"
        )
    return Look(lines)


def act(context: Context) -> Done:
    module = context.options.accessor
    if module is None:
        return Done()
    arguments = _arguments(context)
    written = write(context.top, module, arguments, force=False, remarks=_REMARKS)
    paths = tuple(one.path.relative_to(context.top).as_posix() for one in written)
    return Done(
        [f"{one.path.relative_to(context.top)}: {one.state}" for one in written],
        "Read configuration through one accessor module",
        paths,
    )


def is_fed_by_files(context: Context) -> bool:
    """Say whether .env files go on feeding the application, here or on other machines."""
    if context.retires:
        return False
    return any(find(context.top)) or uses_loader(str(context.top))


def _arguments(context: Context) -> dict[str, Any]:
    """Return what the module calls `configure` with; the environment stays first for now."""
    arguments: dict[str, Any] = {}
    if is_fed_by_files(context):
        # As it was: production mode would refuse to start beside a .env file that is loaded.
        arguments["mode"] = "development"
    scheme, _, name = context.options.target.partition(":") if context.retires else ("", "", "")
    if scheme == "esc":
        arguments["esc"] = name
    elif scheme == "keyring":
        # A keyring cannot be listed: without the names of its keys it is never asked.
        request = planning.Request(target=context.options.target, allow_dirty=True)
        keys = sorted(planning.plan(context.top, request).values())
        arguments |= {"keyring": name, "keyring_keys": keys}
    return {**arguments, "environment": "first"}
