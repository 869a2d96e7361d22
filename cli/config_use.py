"""How the code of a repository uses configuration: what `config doctor` and `list` look at.

The base install suffices: Python files are read with `ast`, and no others are looked at.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hushflake.config.doctor import CodeUse, KeyUse
    from hushflake.config.project import Project
    from hushflake.remediation.inventory.model import Key, Read

_LOADER = "load_dotenv"
_LOADER_ORIGINS = ("dotenv.load_dotenv", "dotenv.main.load_dotenv")


def code_use(project: "Project") -> "CodeUse":
    """Read the code of a repository; nothing of it is executed or imported.

    Raises:
        SettingsError: `[tool.hushflake]` cannot be used.
    """
    from hushflake.config.doctor import CodeUse
    from hushflake.remediation.inventory.collect import Options, collect

    # A loader of .env files is used by name, as a class is.
    wanted = {**_classes(project), **dict.fromkeys(_LOADER_ORIGINS, _LOADER)}
    found = collect([project.root], Options(classes=wanted, others=False))
    keys = [_key(key) for key in found.read_keys]
    loader = found.classes.pop(_LOADER, "")
    return CodeUse(
        [key for key in keys if key is not None],
        found.classes,
        [_place(read) for read in found.dynamic if not read.in_test],
        loader,
    )


def _classes(project: "Project") -> dict[str, str]:
    """The dotted names under which service classes are imported -> the names of the classes."""
    from hushflake.config.services import SHIPPED, known_services

    found = {}
    for name, service in known_services().items():
        found[f"{service.__module__}.{service.__qualname__}"] = name
    for service in SHIPPED:
        for module in ("hushflake.config", project.accessor):
            if module:
                found[f"{module}.{service.__name__}"] = service.__name__
    return found


def _key(key: "Key") -> "KeyUse | None":
    from hushflake.config.doctor import KeyUse

    reads = [read for read in key.reads if not read.in_test]
    if not reads:
        return None
    first = next((read for read in reads if read.required), reads[0])
    return KeyUse(key.name, _place(first), key.required, key.secret)


def _place(read: "Read") -> str:
    return f"{read.path}:{read.line}:{read.column}"
