"""pydantic-settings: https://docs.pydantic.dev/latest/concepts/pydantic_settings/.

What `hushflake.config.pydantic.ConfigSettings` reads stands here as well: it is the same class with
the accessor for the environment.
"""

from collections.abc import Iterator

from hushflake.lint_plugin.module import Module
from hushflake.lint_plugin.silent.settings_classes import BASES

from ..following.models import Model
from .base import FileUse

NAME = "pydantic-settings"
WORDS = (b"BaseSettings", b"ConfigSettings")
_BASE = Model(NAME)
THINGS = {
    "pydantic": {origin: _BASE for origin in BASES if origin.startswith("pydantic.")},
    "pydantic_settings": {origin: _BASE for origin in BASES if origin.startswith("pydantic_")},
    "hushflake": {"hushflake.config.pydantic.ConfigSettings": Model(NAME, through=True)},
}


def files(_module: Module) -> Iterator[FileUse]:
    """Its .env files are known with its classes."""
    return iter(())
