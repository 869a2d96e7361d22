"""Write the accessor module and its section in pyproject.toml."""

from typing import Any

from hushflake.config.scaffold import write

from ..step import Context, Done, Look

ORDER = 30
NAME = "config-init"
TITLE = "Write the accessor module"


def look(context: Context) -> Look:
    module = context.options.accessor
    if module is None:
        return Look(["no --accessor: reads go to the module that is configured"], idle=True)
    return Look([f"writes {module} and [tool.hushflake] in pyproject.toml"])


def act(context: Context) -> Done:
    module = context.options.accessor
    if module is None:
        return Done()
    written = write(context.top, module, _arguments(context), force=False)
    paths = tuple(one.path.relative_to(context.top).as_posix() for one in written)
    return Done(
        [f"{one.path.relative_to(context.top)}: {one.state}" for one in written],
        "Read configuration through one accessor module",
        paths,
    )


def _arguments(context: Context) -> dict[str, Any]:
    """Return what the module calls `configure` with; the environment stays first for now."""
    scheme, _, name = context.options.target.partition(":")
    known = {"esc": {"esc": name}, "keyring": {"keyring": name}}
    return {**known.get(scheme, {}), "environment": "first"}
