"""What remains for a person after a migration, by the files that the repository holds."""

import re
import shlex
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from ..dependency.find import declarations
from ..files import read_regular
from ..trying.interpreter import chosen
from ..trying.modules import ways
from .step import Context
from .steps import dependency
from .steps.config_init import is_fed_by_files

_LARGEST = 1 << 20
# A command names so many modules: enough to see whether the application starts.
_SHOWN = 6
_LOCKS = {
    "poetry.lock": "poetry lock",
    "uv.lock": "uv lock",
    "Pipfile.lock": "pipenv lock",
    "pdm.lock": "pdm lock",
}
_IMAGES = ("Dockerfile", "Dockerfile.*", "*.Dockerfile", "Containerfile")
_COMPOSE = ("docker-compose*.yml", "docker-compose*.yaml", "compose*.yml", "compose*.yaml")
_CI = (
    ".github/workflows/*.yml",
    ".github/workflows/*.yaml",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
)
_OTHERS = ("Procfile", "app.yaml", "fly.toml", "render.yaml")
_COPIES_ALL = re.compile(r"^\s*(?:COPY|ADD)\s+(?:--\S+\s+)*\.\s", re.MULTILINE | re.IGNORECASE)
_INSTALLS = re.compile(
    r"\bpip3?\s+install\b|\b(?:poetry|pipenv|pdm)\s+(?:install|sync)\b|\buv\s+(?:sync|pip)\b"
)


class NextStep(NamedTuple):
    """A thing to do. `place` is a path of the repository, or "" for none."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


def next_steps(context: Context) -> list[NextStep]:
    """Return what remains to be done, in the order in which it is done."""
    return [*_declaration(context), *_mode(context)]


def _declaration(context: Context) -> Iterator[NextStep]:
    if not context.changed:
        return
    requirement = dependency.requirement_of(context)
    known = declarations(context.top, context.changed)
    for one in known:
        if not one.declares:
            yield NextStep(one.path, one.by_hand(requirement) or f"add {requirement}")
        folder = one.path.rpartition("/")[0]
        for lock, command in _LOCKS.items():
            path = f"{folder}/{lock}" if folder else lock
            if _text(context.top, path) is not None:
                yield NextStep(path, f"renew it: `{command}`")
    if not known:
        yield NextStep("", f"install {requirement} wherever the application runs")


def _mode(context: Context) -> Iterator[NextStep]:
    if context.options.accessor is None or not context.changed:
        return
    fed = is_fed_by_files(context)
    for path, text in _files(context.top, _IMAGES):
        yield NextStep(path, _image(context.top, text, fed=fed))
    for path, text in _files(context.top, _COMPOSE):
        yield NextStep(path, _service(text, fed=fed))
    for path, text in _files(context.top, _CI):
        installs = ""
        if found := _INSTALLS.search(text):
            line = text.count("\n", 0, found.start()) + 1
            installs = f"; line {line} installs the dependencies"
        yield NextStep(
            path, f"set HUSHFLAKE_MODE: test in the env of jobs that run tests{installs}"
        )
    for path, _text_of in _files(context.top, _OTHERS):
        yield NextStep(path, "set HUSHFLAKE_MODE=production in the environment of the service")
    if fed:
        yield NextStep(
            "",
            "The accessor starts in development mode, which allows .env files. Deployments that "
            "load none should set HUSHFLAKE_MODE=production: it refuses a .env file that is loaded",
        )


def _image(top: Path, text: str, *, fed: bool) -> str:
    ignored = _text(top, ".dockerignore") or ""
    takes_all = _COPIES_ALL.search(text) and not re.search(r"^(?:\*\*/)?\.env", ignored, re.M)
    if fed and takes_all:
        return (
            "it copies .env into the image: list .env in .dockerignore, give the container its "
            "values, then add `ENV HUSHFLAKE_MODE=production`"
        )
    return "build it again; add `ENV HUSHFLAKE_MODE=production` once no .env file is loaded in it"


def _service(text: str, *, fed: bool) -> str:
    if fed and "env_file" in text:
        return (
            "env_file still gives the container its values; set HUSHFLAKE_MODE: production "
            "under environment once the .env file itself is not in the container"
        )
    return "set HUSHFLAKE_MODE: production under environment"


def _files(top: Path, patterns: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield path and text of the files of the top, or of one folder below it, that fit."""
    for pattern in patterns:
        folder, _, name = pattern.rpartition("/")
        try:
            names = sorted(one.name for one in (top / folder).iterdir())
        except OSError:
            continue
        for entry in names:
            path = f"{folder}/{entry}" if folder else entry
            text = _text(top, path) if fnmatchcase(entry, name) else None
            if text is not None:
                yield path, text


def _text(top: Path, path: str) -> str | None:
    try:
        data = read_regular(top / path, _LARGEST)
    except OSError:
        return None
    return None if data is None else data.decode("utf-8", "replace")


def to_try(context: Context) -> list[str]:
    """Return commands that import the changed modules and run the tests."""
    python = chosen(context.top, context.options.python)
    shown = python.relative_to(context.top) if python.is_relative_to(context.top) else python
    bases: dict[str, list[str]] = {}
    for path in context.changed:
        way = ways(context.top, path)[0]
        if not way.module.startswith("@"):
            bases.setdefault(way.base, []).append(way.module)
    commands = [
        f"{f'PYTHONPATH={shlex.quote(base)} ' if base else ''}{shlex.quote(str(shown))} -c "
        + shlex.quote(f"import {', '.join(modules[:_SHOWN])}")
        for base, modules in sorted(bases.items())[:_SHOWN]
    ]
    if any((context.top / name).is_dir() for name in ("tests", "test")):
        commands.append(f"{shlex.quote(str(shown))} -m pytest")
    return commands
