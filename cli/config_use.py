"""How the code of a repository uses configuration: what `config doctor` and `list` look at.

The base install suffices: Python files are read with `ast`, and no others are looked at.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from hushflake.config.declared.key import DeclaredKey
    from hushflake.config.insight.code_use import CodeUse, KeyUse
    from hushflake.config.project.section import Project
    from hushflake.remediation.inventory.model import Inventory, Key, Read

_LOADER = "load_dotenv"
_LOADER_ORIGINS = ("dotenv.load_dotenv", "dotenv.main.load_dotenv")


def code_use(project: "Project") -> "CodeUse":
    """Read the code of a repository; nothing of it is executed or imported.

    Raises:
        SettingsError: `[tool.hushflake]` cannot be used.
    """
    from hushflake.config.insight.code_use import CodeUse
    from hushflake.remediation.inventory.collect import Options, collect

    # A loader of .env files is used by name, as a class is.
    wanted = {**_classes(project), **dict.fromkeys(_LOADER_ORIGINS, _LOADER)}
    found = collect([project.root], Options(classes=wanted, others=False))
    idle = _idle(found)
    keys = [_key(key, idle) for key in found.read_keys]
    loader = found.classes.pop(_LOADER, "")
    return CodeUse(
        [key for key in keys if key is not None],
        found.classes,
        [_place(read) for read in found.dynamic if not (read.in_test or read.followed)],
        loader,
        _accessor(project),
        _declared(project, found, idle),
    )


def _declared(project: "Project", found: "Inventory", idle: set[str]) -> "list[DeclaredKey]":
    from hushflake.lint_plugin.settings import load
    from hushflake.remediation.keys.table import declared_rows

    fields = [field.key for field in found.declared if field.service not in idle]
    return declared_rows(load([str(project.root)]), fields)


def _idle(found: "Inventory") -> set[str]:
    """Return the service classes of the repository that nothing uses: copied examples, perhaps."""
    from hushflake.remediation.keys.uses import used

    names = {field.service for field in found.declared}
    return names - used(names, found.python_files)


def _accessor(project: "Project") -> "Path | None":
    from hushflake.codemods.modules import file_of, import_roots

    root, name = str(project.root), project.accessor
    file = file_of(root, name, import_roots(root, name)) if name else ""
    return project.root / file if file else None


def _classes(project: "Project") -> dict[str, str]:
    """The dotted names under which service classes are imported -> the names of the classes."""
    from hushflake.config.fields.examples import SHIPPED
    from hushflake.config.fields.known import known_services

    found = {}
    for name, service in known_services().items():
        found[f"{service.__module__}.{service.__qualname__}"] = name
    for service in SHIPPED:
        for module in ("hushflake.config", project.accessor):
            if module:
                found[f"{module}.{service.__name__}"] = service.__name__
    return found


def _key(key: "Key", idle: set[str]) -> "KeyUse | None":
    from hushflake.config.insight.code_use import KeyUse

    reads = [read for read in key.reads if not read.in_test and read.service not in idle]
    if not reads:
        return None
    first = next((read for read in reads if read.required), reads[0])
    return KeyUse(key.name, _place(first), first.required, key.secret)


def _place(read: "Read") -> str:
    return f"{read.path}:{read.line}:{read.column}"
