"""What a shell completes: the names of stacks, entities and rules.

Runs at each press of a key, in a folder that may be anybody's: it reads names only, runs nothing,
imports no compiler, and offers nothing but plain names.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_ENTITY = re.compile(r"^entity:[ \t]*[\"']?([A-Za-z0-9_.-]+)", re.MULTILINE)
_MOST_FILES, _MOST_BYTES = 2_000, 65_536


def stacks(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the stacks of the project that begin like `incomplete`."""
    names = [path.stem for path in _definitions(ctx, "stacks")]
    return _items({*names, "local"}, incomplete)


def entities(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the entities of the project that begin like `incomplete`, in any case of letters."""
    found = (
        name for path in _definitions(ctx, "entities") for name in _ENTITY.findall(_read(path))
    )
    return _items(found, incomplete)


def rules(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the codes of rules that begin like `incomplete`."""
    from hushflake.lint_plugin.registry import known_codes

    return _items(known_codes(), incomplete)


def _definitions(ctx: click.Context, folder: str) -> Iterator[Path]:
    """Yield the YAML files of one folder of the project: the given one, or the nearest upward."""
    given = ctx.params.get("project")
    start = Path(given) if given else Path.cwd()
    roots = [start] if given else [start, *start.parents]
    for root in roots:
        if (root / "hushflake.yaml").is_file():
            if not (root / folder).is_symlink():
                paths = sorted((root / folder).rglob("*.y*ml"))[:_MOST_FILES]
                yield from (path for path in paths if path.is_file() and not path.is_symlink())
            return


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    start = incomplete.casefold()
    return [
        CompletionItem(name)
        for name in sorted(set(names))
        if name.casefold().startswith(start) and _NAME.fullmatch(name)
    ]
