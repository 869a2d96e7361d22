"""What is known of a repository before anything is taken out of its .env files."""

import os
from collections.abc import Collection

from hushflake.codemods.feeding import config_table, configured_sources
from hushflake.config.settings import SOURCES, STORES
from hushflake.config.sources.schemes import schemes
from hushflake.lint_plugin.settings import Settings, load

from ..git import Repository
from ..inventory.collect import Options, collect
from .needed import ACCESSOR, Evidence, Holder
from .request import Request


def gathered(repository: Repository, request: Request, tracked: Collection[str]) -> Evidence:
    """Look at everything in a repository that may read a .env file. Runs nothing."""
    top = repository.top
    settings = load([str(top)])
    inventory = collect([top], Options(everything=True))
    below = settings.relative(str(top))
    below = "" if below == "." else f"{below}/"

    def in_root(path: str) -> str:
        return f"{below}{path}"

    exported = config_table(settings.root).get("export", ())
    return Evidence(
        inventory,
        in_root,
        tracked,
        rewrites=request.rewrites,
        left={(in_root(path), line): reason for (path, line), reason in request.left.items()},
        exported=frozenset(exported) if isinstance(exported, list) else frozenset(),
        unconfigured=None if request.accessor else _unconfigured(settings, request.target),
    )


def _unconfigured(settings: Settings, target: str) -> Holder | None:
    """Return why the accessor would find nothing in the target, None if it reads there.

    Without a target nothing is asked. A source that is worked out when the program runs may be it.
    """
    if not target:
        return None
    sources = {*configured_sources(settings), *_of_the_environment()}
    if target in sources or any(source.endswith("…") for source in sources):
        return None
    return Holder(
        path="",
        line=0,
        kind=ACCESSOR,
        does=f"{settings.accessor} is not configured to read {target}",
        remedy=_to_configure(settings, target),
    )


def _to_configure(settings: Settings, target: str) -> str:
    """Return how code is made to read from a target: by the section, or in its own module."""
    scheme, _, name = target.partition(":")
    if settings.accessor == Settings().accessor:
        options = {"esc": f"--esc {name}", "keyring": f"--keyring {name} --keyring-key KEY"}
        if scheme in options or scheme in schemes():
            option = options.get(scheme, f"--store {target}")
            return f"name it in pyproject.toml: `hushflake config init {option}`"
        return f'name it in [tool.hushflake.config]: sources = ["{target}"]'
    given = {"esc": f'esc="{name}"', "keyring": f'keyring="{name}", keyring_keys=[…]'}
    kind = "stores" if scheme in schemes() else "sources"
    arguments = given.get(scheme, f'{kind}=["{target}"]')
    return f"call configure({arguments}) in {settings.accessor}"


def _of_the_environment() -> list[str]:
    """Return the sources that the user's own environment configures."""
    named = [("esc", "HUSHFLAKE_ESC"), ("keyring", "HUSHFLAKE_KEYRING")]
    found = [f"{scheme}:{os.environ[name]}" for scheme, name in named if os.environ.get(name)]
    listed = (os.environ.get(variable, "").split(",") for variable in (STORES, SOURCES))
    return [*found, *(source for sources in listed for source in sources)]
