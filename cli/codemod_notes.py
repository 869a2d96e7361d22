"""What a person has to know beyond the places: which loaders stay, what must be installed."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hushflake.codemods.run import Result

_STAYS = {"dotenv-needed", "dotenv-unknown"}


class Note(NamedTuple):
    """A note. `about`: `loaders` or `dependency`; `commands`: what goes on from here."""

    about: str
    text: str
    commands: tuple[str, ...] = ()


def notes(result: "Result") -> list[Note]:
    """Return what to say below the report of a run."""
    return [*_loaders(result), *_dependency(result)]


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

    targets = [
        source
        for source in configured_sources(result.settings)
        if source.startswith(("esc:", "keyring:"))
    ]
    names = " and ".join(f"{name}()" for name in sorted({edit.form for edit in stay}))
    retire = f"hushflake dotenv retire --to {targets[0] if targets else _TARGET} --write"
    commands: tuple[str, ...]
    if targets:
        commands = (retire, "hushflake codemod --write")
        why = f"the .env files still provide values, although {targets[0]} is configured"
    else:
        # The last one also takes what imports hushflake.config already to the new module.
        finish = "hushflake codemod --with accessor_imports --write"
        commands = (f"hushflake config init {_MODULE} --esc {_NAME}", retire, finish)
        why = "the .env files provide values that no configured source holds"
    yield Note("loaders", f"Left in place: {names}, as {why}. To go on:", commands)


_NAME = "ORGANISATION/PROJECT/ENVIRONMENT"
_TARGET = f"esc:{_NAME}"
_MODULE = "PACKAGE/config.py"


def _dependency(result: "Result") -> Iterator[Note]:
    settings = result.settings
    files = [
        settings.relative(outcome.path)
        for outcome in result.outcomes
        if outcome.status == "changed" and any(_imports(edit.form) for edit in outcome.edits)
    ]
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


def _imports(form: str) -> bool:
    return form not in ("load_dotenv", "find_dotenv")
