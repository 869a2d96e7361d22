"""The accessor of a migration: the module that code imports from now on, and its settings."""

from collections.abc import Collection
from typing import Any

from hushflake.codemods.feeding import configured_sources
from hushflake.codemods.modules import file_of, import_roots
from hushflake.codemods.prepare import rewriter
from hushflake.codemods.roots.accessor import name_of
from hushflake.codemods.roots.module import told
from hushflake.codemods.run import run
from hushflake.config.project.scaffold import Request, dotted_name
from hushflake.lint_plugin.settings import Settings, load

from ..dotenv import planning
from ..dotenv.find import find
from ..dotenv.loader_choice import uses_loader
from ..dotenv.request import Request as Retirement
from ..errors import RemediationError
from . import retiring
from .step import Context

_REMARKS = {
    "mode": ".env files are allowed. Where none is loaded, run with HUSHFLAKE_MODE=production."
}
INSTALLED = Settings().accessor


def name(context: Context) -> str:
    """Return the dotted name of the accessor module that is to be written.

    Raises:
        ConfigError: It lies outside of the repository, or cannot be imported.
    """
    options, module = context.options, _module(context)
    if options.accessor_name:
        return options.accessor_name
    configured = load([str(context.top)]).accessor
    if _file(context, configured) == module:
        return configured
    if not context.names:
        found = name_of(context.roots, module, readers(context)).name
        context.names.append(found or dotted_name(context.top, context.top / module))
    return context.names[0]


def require_importable(context: Context) -> None:
    """Stop before anything is changed where code could not import the accessor.

    Raises:
        RemediationError: It names the files, why, and what to do instead.
        ConfigError: The module lies outside of the repository, or cannot be imported.
    """
    options = context.options
    if options.accessor is None:
        _require_reader(context)
        return
    module, users = _module(context), readers(context)
    if options.accessor_name or _file(context, load([str(context.top)]).accessor) == module:
        return
    answer = name_of(context.roots, module, users)
    if answer.problems:
        raise RemediationError(told(module, answer, len(users)))


def _require_reader(context: Context) -> None:
    """Stop where values would go to a store that the configured accessor module does not ask."""
    settings, target = load([str(context.top)]), context.options.target
    if not context.retires or settings.accessor == INSTALLED:
        return
    if target not in configured_sources(settings):
        raise RemediationError(
            f"--to {target}: {settings.accessor}, which code reads through, does not read from "
            "there; name it in its configure(…) and in [tool.hushflake.config] first"
        )


def readers(context: Context) -> list[str]:
    """Return the files with reads that an accessor takes over, relative to the top."""
    if not context.readers:
        settings = load([str(context.top)])._replace(accessor=INSTALLED)
        prepared = rewriter(settings, only=("environment_reads",))
        outcomes = run([str(context.top)], prepared).outcomes
        context.readers.extend(context.relative(o.path) for o in outcomes if o.status == "changed")
    return context.readers


def is_fed_by_files(context: Context) -> bool:
    """Say whether .env files go on feeding the application, here or on other machines."""
    if context.retires:
        return retiring.fed(context).loaded
    return any(find(context.top)) or uses_loader(str(context.top))


def request(context: Context) -> Request | None:
    """Return what is to be set up; None where nothing is: code goes on reading the environment
    alone, or the values were moved, and their store configured, before.
    """
    module = context.options.accessor
    if module is None and not has_settings_beside_code(context):
        return None
    keys: Collection[str] = ()
    if retiring.uses_store(context):
        keys = planning.plan(context.top, _asked(context)).values()
        if not keys and context.options.target in configured_sources(load([str(context.top)])):
            return None  # as an earlier migration has left it
    named = name(context) if module is not None else ""
    return Request(context.top, arguments(context, keys), module, named, remarks=_REMARKS)


def has_settings_beside_code(context: Context) -> bool:
    """Say whether code reads through `hushflake.config` from a store that is configured for it."""
    if context.options.accessor is not None or not retiring.uses_store(context):
        return False
    return load([str(context.top)]).accessor == INSTALLED


def arguments(context: Context, keys: Collection[str] = ()) -> dict[str, Any]:
    """Return what `configure` is called with; the environment stays first for now.

    Args:
        context: The migration.
        keys: Those that go to the store, for one that cannot be listed. Nothing is asked for them.
    """
    given: dict[str, Any] = {}
    if is_fed_by_files(context):
        # As it was: production mode would refuse to start beside a .env file that is loaded.
        given["mode"] = "development"
    if retiring.uses_store(context):
        given |= planning.target_of(_asked(context)).arguments(keys)
    return {**given, "environment": "first"}


def _asked(context: Context) -> Retirement:
    return retiring.request(context, target=context.options.target)


def _module(context: Context) -> str:
    module = context.options.accessor
    path = context.top / (module or "")
    # One outside of the repository is refused where it is written.
    return path.relative_to(context.top).as_posix() if path.is_relative_to(context.top) else ""


def _file(context: Context, dotted: str) -> str:
    top = str(context.top)
    return file_of(top, dotted, import_roots(top, dotted)) if dotted != INSTALLED else ""
