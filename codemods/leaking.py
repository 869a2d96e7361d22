"""Names of the accessor that a rewritten module would give away.

`from settings import *` brings all that `settings` binds in public. Once that module imports
`get_config_value`, so does every module that stars it, and there the name may be another function
already. Then the rewritten module imports it as `_get_config_value`, which no star brings.
"""

from collections.abc import Collection, Iterable, Mapping

from hushflake.lint_plugin.settings import Policy

from .stars import defines
from .takers import Taker, taken_of


def clashing(
    gained: Mapping[str, frozenset[str]],
    takes: Collection[Taker],
    asked: Iterable[str],
    policy: Policy,
) -> dict[str, frozenset[str]]:
    """Return which names of some modules would hide another object of a module that stars them.

    Args:
        gained: Path of a module -> the names that it gets.
        takes: Who takes what, those names among it.
        asked: The files of the repository.
        policy: What the repository says of itself.
    """
    asked = list(asked)
    found = taken_of(gained, _through_stars(takes), asked)
    if not found:
        return {}
    names = frozenset[str]().union(*found.values())
    others = frozenset(name for name in names if _is_elsewhere(name, asked, policy))
    return {path: its & others for path, its in found.items() if its & others}


def _through_stars(takes: Collection[Taker]) -> list[Taker]:
    """Return the stars, what their modules name, and what others take from those modules."""
    stars = {(taker.spelt, taker.by) for taker in takes if taker.name == "*"}
    starrers = {by.rpartition("/")[2] for _, by in stars}
    return [
        taker
        for taker in takes
        if (taker.spelt, taker.by) in stars or taker.spelt.rpartition("/")[2] in starrers
    ]


def _is_elsewhere(name: str, asked: Iterable[str], policy: Policy) -> bool:
    """Say whether any file but the accessor itself binds `name` to something of its own."""
    settings = policy.settings
    return any(
        defines(path, name, settings)
        for path in asked
        if not policy.is_accessor(settings.relative(path))
    )
