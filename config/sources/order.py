"""Which sources there are and which of them is asked first."""

from typing import TYPE_CHECKING

from .base import Source
from .environment import EnvironmentSource
from .installed import installed

if TYPE_CHECKING:
    from ..settings import Settings


def ordered(settings: "Settings") -> list[Source]:
    """The sources in the order in which they are asked."""
    above: list[Source] = []
    if settings.overrides:
        from .memory import MemorySource

        above.append(MemorySource(settings.overrides))
    near: list[Source] = [EnvironmentSource()]
    if settings.dotenv is not None:
        from .dotenv import DotenvSource

        near.append(DotenvSource(settings.dotenv))
    far: list[Source] = []
    if settings.esc is not None:
        from .esc import EscSource

        far.append(EscSource(settings))
    if settings.stores:
        from .stores import opened

        far += [opened(text, settings) for text in settings.stores]
    far += [installed(name, settings) for name in settings.sources]
    if settings.keyring is not None and settings.keyring_keys:
        from .keyring import KeyringSource

        far.append(KeyringSource(settings))
    return [*above, *near, *far] if settings.environment == "first" else [*above, *far, *near]
