"""What a migration takes out of .env files, and what goes on feeding the application from them."""

from hushflake.codemods.feeding import configured_sources
from hushflake.lint_plugin.settings import Settings, load

from ..dotenv import planning
from ..dotenv.request import Request
from .step import Context, Fed


def request(context: Context, *, target: str = "") -> Request:
    """Return what the step `dotenv` asks for; without a target it only looks at the repository."""
    options = context.options
    configures = options.accessor is not None or (
        load([str(context.top)]).accessor == Settings().accessor
    )
    return Request(
        target=target,
        loader=options.loader,
        interpolation=options.interpolation,
        recipients=options.recipients,
        # The migration itself looks after changes that are not committed.
        allow_dirty=True,
        create=options.create,
        everything=options.everything,
        rewrites="codemod" not in context.skipped,
        accessor=configures and "config-init" not in context.skipped,
    )


def fed(context: Context) -> Fed:
    """Return what stays; found out once, for nothing that a step does changes it."""
    if context.fed:
        return context.fed[0]
    planned = planning.plan(context.top, request(context))
    stays = {path for path, one in planned.decisions.items() if one.feeds_python}
    useless = tuple(str(context.top / path) for path in planned.decisions if path not in stays)
    left = {file.path for file in planned.staying}
    loaded = not planned.loaded.isdisjoint(stays) or not planned.loaded_anyway.isdisjoint(left)
    found = Fed(useless, loaded)
    context.fed.append(found)
    return found


def uses_store(context: Context) -> bool:
    """Say whether code reads the target from now on; found out once, before anything goes there.

    It does not where there are .env files and every key stays for other readers: a program would
    need access to a store that holds nothing of its own.
    """
    if not context.retires:
        return False
    if not context.store:
        context.store.append(_uses_store(context))
    return context.store[0]


def _uses_store(context: Context) -> bool:
    target = context.options.target
    if target in configured_sources(load([str(context.top)])):
        return True
    # The store itself is not asked for that.
    planned = planning.plan(context.top, request(context))
    if planned.unfinished is not None or not planned.reading.files:
        return True
    return any(one.goes for one in planned.decisions.values())
