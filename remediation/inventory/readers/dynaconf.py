"""dynaconf: https://www.dynaconf.com/configuration/.

It takes its values from files of its own and from every variable with its prefix. Which keys those
are is not written in the code, so that they are told as a pattern.
"""

from collections.abc import Iterator

from hushflake.lint_plugin.module import Module

from ..env_paths import EnvPath, env_paths
from .base import FileUse, KeyUse, called, word_of

NAME = "dynaconf"
FORM = "dynaconf"
WORDS = (b"dynaconf",)
_MAKERS = frozenset({"dynaconf.Dynaconf", "dynaconf.LazySettings", "dynaconf.FlaskDynaconf"})
_PREFIX = "DYNACONF"


def keys(module: Module) -> Iterator[KeyUse]:
    """Yield the pattern of the variables that an object takes."""
    for _, call in called(module, NAME, _MAKERS.__contains__):
        given = word_of(call, "envvar_prefix")
        prefix = _PREFIX if given is None else getattr(given, "value", None)
        is_text = isinstance(prefix, str) and prefix
        yield KeyUse(f"{prefix}_*".upper() if is_text else "*", call)


def files(module: Module) -> Iterator[FileUse]:
    """Yield the objects that load a .env file into the environment, where they are told to."""
    for _, call in called(module, NAME, _MAKERS.__contains__):
        wanted = word_of(call, "load_dotenv")
        if wanted is None or getattr(wanted, "value", True) is False:
            continue
        paths = env_paths(module.index, word_of(call, "dotenv_path"), module.relative)
        yield FileUse(NAME, call, paths or (EnvPath("upward", ".env"),), into_environment=True)
