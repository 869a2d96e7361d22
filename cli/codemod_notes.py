"""What a person has to know beyond the places: which loaders stay, what must be installed."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hushflake.codemods.run import Result

_STAYS = {"dotenv-needed", "dotenv-unknown"}


class Note(NamedTuple):
    """A note. `about`: `loaders`, `settings`, `dependency` or `accessor`; `commands`: what next."""

    about: str
    text: str
    commands: tuple[str, ...] = ()


def notes(result: "Result") -> list[Note]:
    """Return what to say below the report of a run."""
    return [*_loaders(result), *_settings(result), *_dependency(result), *_accessor(result)]


def _loaders(result: "Result") -> Iterator[Note]:
    stay = [
        edit
        for outcome in result.outcomes
        for edit in outcome.edits
        if edit.action == "left" and edit.reason in _STAYS
    ]
    if not stay:
        return
    from hushflake.codemods.feeding import configured_sources
    from hushflake.remediation.dotenv.targets import is_target

    targets = [source for source in configured_sources(result.settings) if is_target(source)]
    names = " and ".join(f"{name}()" for name in sorted({edit.form for edit in stay}))
    retire = f"hushflake dotenv retire --to {targets[0] if targets else _TARGET} --write"
    commands: tuple[str, ...]
    if targets:
        commands = (retire, "hushflake codemod --write")
        why = f"the .env files still provide values, although {targets[0]} is configured"
    else:
        settings = result.settings
        is_installed = settings.accessor == type(settings)().accessor
        finish = "hushflake codemod --write"
        init = f"hushflake config init --esc {_NAME}"
        commands = (init, retire, finish) if is_installed else (retire, finish)
        why = "the .env files provide values that no configured source holds"
        if not is_installed:
            why += (
                f"; name one in configure(…) of {settings.accessor} and in [tool.hushflake.config]"
            )
    yield Note("loaders", f"Left in place: {names}, as {why}. To go on:", commands)


def _settings(result: "Result") -> Iterator[Note]:
    """Name the transform for classes that read the environment by themselves."""
    from hushflake.remediation.wording import counted

    found = sum(
        edit.form == "silent" and edit.reason == "settings-class"
        for outcome in result.outcomes
        for edit in outcome.edits
    )
    if found:
        what = counted(found, "class of pydantic-settings", "classes of pydantic-settings")
        does = "reads" if found == 1 else "read"
        yield Note(
            "settings",
            f"{what} {does} the environment past the accessor. To derive from ConfigSettings, "
            "which reads through it:",
            ("hushflake codemod --only settings_classes --write",),
        )


_NAME = "ORGANISATION/PROJECT/ENVIRONMENT"
_TARGET = f"esc:{_NAME}"


def _dependency(result: "Result") -> Iterator[Note]:
    settings = result.settings
    files = _importing(result)
    if not files:
        return
    from hushflake.remediation.dependency.need import needs_hushflake

    if not needs_hushflake(settings):
        return
    from hushflake.remediation.dependency.find import declarations
    from hushflake.remediation.dependency.requirement import default

    found = declarations(Path(settings.root), files)
    missing = [one.path for one in found if not one.declares]
    if found and not missing:
        return
    where = (
        f"add {str(default())!r} to {', '.join(missing)}"
        if found
        else f"no list of dependencies was found; add {str(default())!r} to what is installed"
    )
    yield Note(
        "dependency",
        f"The rewritten code imports {settings.accessor}, which needs the package hushflake "
        f"where the application runs: {where}. `hushflake migrate` adds it.",
    )


def _accessor(result: "Result") -> Iterator[Note]:
    """Name the files that cannot import an accessor of the project, as far as can be seen."""
    from hushflake.codemods.modules import file_of, import_roots

    settings = result.settings
    root, name = settings.root, settings.accessor
    files = _importing(result)
    module = file_of(root, name, import_roots(root, name)) if files and root else ""
    if not module:
        return
    from hushflake.codemods.roots.accessor import problems
    from hushflake.codemods.roots.module import listed
    from hushflake.codemods.roots.uses import Roots

    found = problems(Roots(root), module, name, files)
    if found:
        head = f"{len(found)} of {len(files)} changed files may not be able to import {name}:"
        yield Note("accessor", "\n".join([head, *listed(found)]))


def _importing(result: "Result") -> list[str]:
    """Return the changed files that import the accessor, as seen from the root."""
    return [
        result.settings.relative(outcome.path)
        for outcome in result.outcomes
        if outcome.status == "changed" and any(_imports(edit.form) for edit in outcome.edits)
    ]


def _imports(form: str) -> bool:
    return form not in ("load_dotenv", "find_dotenv")
