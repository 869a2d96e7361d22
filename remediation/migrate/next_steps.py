"""What remains for a person after a migration, by the files that the repository holds."""

import re
import shlex
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from hushflake.codemods.roots.tree import Tree

from ..dependency.installed import in_workflows
from ..dotenv.targets import elsewhere, permission
from ..files import read_regular
from ..trying.interpreter import chosen
from ..trying.modules import IMPORTS, SCRIPT, ways
from .accessor import arguments, has_settings_beside_code, is_fed_by_files
from .builds import MODE, building
from .image_settings import variables
from .retiring import uses_store
from .step import Context
from .steps import dependency, images

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
# pytest, unittest and Django's runner are in test mode by themselves.
_OTHER_TESTS = re.compile(
    r"\b(?:nose2|stestr|behave|trial|zope-testrunner)\b|\bsetup\.py\s+test\b", re.IGNORECASE
)
_PROGRAMS = re.compile(r"^\[(?:project\.(?:gui-)?scripts|tool\.poetry\.scripts)\]", re.MULTILINE)
# Command, what configures it in pyproject.toml, its hook of pre-commit.
_FORMATTERS = (
    ("ruff format", re.compile(r"^\[tool\.ruff", re.M), "id: ruff-format"),
    ("black", re.compile(r"^\[tool\.black", re.M), "id: black"),
)


class NextStep(NamedTuple):
    """A thing to do. `place` is a path of the repository, or "" for none."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


def next_steps(context: Context) -> list[NextStep]:
    """Return what remains to be done, in the order in which it is done."""
    # Two packages of a repository may share a lock file.
    return list(dict.fromkeys([*_declaration(context), *_formatting(context), *_mode(context)]))


def _declaration(context: Context) -> Iterator[NextStep]:
    if not context.changed:
        return
    requirement = dependency.requirement_of(context)
    known = dependency.found(context)
    for one in known:
        if not one.declares:
            yield NextStep(one.path, one.by_hand(requirement) or f"add {requirement}")
        elif not one.names(requirement.extras):
            extras = f"hushflake{requirement.extras}"
            yield NextStep(one.path, f"make it {extras}, which reads the store")
        folder = one.path.rpartition("/")[0]
        for lock, command in _LOCKS.items():
            path = f"{folder}/{lock}" if folder else lock
            if _text(context.top, path) is not None:
                yield NextStep(path, f"renew it: `{command}`")
    if not known:
        yield NextStep("", f"install {requirement} wherever the application runs")
    for one_of in in_workflows(Tree(str(context.top))):
        files = " and ".join(one_of.files)
        yield NextStep(
            one_of.path,
            f"line {one_of.line} installs {files}, where hushflake is not: add {requirement}",
        )


def _formatting(context: Context) -> Iterator[NextStep]:
    """Name the project's formatter: the accessor's name is longer than what stood there."""
    if not context.changed:
        return
    text = _text(context.top, "pyproject.toml") or ""
    hooks = _text(context.top, ".pre-commit-config.yaml") or ""
    for command, table, hook in _FORMATTERS:
        if table.search(text) or hook in hooks:
            yield NextStep("", f"run your formatter over the changed files: `{command}`")
            return


def _mode(context: Context) -> Iterator[NextStep]:
    if not context.changed:
        return
    if uses_store(context):
        yield NextStep("", elsewhere(context.options.target))
        allowed = permission(context.options.target)
        if allowed:
            yield NextStep(
                "",
                f"set {shlex.quote(allowed)} in your shell for `hushflake config doctor`, `list` "
                "and `get`: a repository alone does not decide what they read",
            )
        yield from _builds(context.top)
    yield from (NextStep(path, text) for path, text in images.by_hand(context))
    yield from _packaged(context)
    if context.options.accessor is None and not has_settings_beside_code(context):
        return
    for path, text in _files(context.top, _CI):
        if _OTHER_TESTS.search(text):
            yield NextStep(path, "set HUSHFLAKE_MODE: test in the env of jobs that run tests")
    if is_fed_by_files(context):
        yield from _development(context)


def _packaged(context: Context) -> Iterator[NextStep]:
    """Name programs that are installed as packages: no pyproject.toml lies beside them."""
    text = _text(context.top, "pyproject.toml") or ""
    if has_settings_beside_code(context) and _PROGRAMS.search(text):
        given = " ".join(variables(arguments(context)))
        yield NextStep(
            "pyproject.toml",
            "programs that are installed as a package do not find it: "
            + (f"set {given} where they run, or " if given else "")
            + "give them a module of their own with --accessor",
        )


def _builds(top: Path) -> Iterator[NextStep]:
    """Yield what fails while an image is built, where no token is."""
    for path, text in _files(top, _IMAGES):
        for command in building(text):
            yield NextStep(path, f"no store is in reach of a build: `RUN {MODE}=build {command}`")


def _development(context: Context) -> Iterator[NextStep]:
    """Yield where development mode, in which the accessor starts, is not what is wanted."""
    top = context.top
    for path, text in _files(top, _IMAGES):
        if not _is_for_production(context, text):
            yield NextStep(path, _image(top, text))
    for path, text in _files(top, _COMPOSE):
        yield NextStep(path, _service(text))
    for path, _text_of in _files(top, _OTHERS):
        yield NextStep(path, "set HUSHFLAKE_MODE=production in the environment of the service")
    yield NextStep(
        "",
        "The accessor starts in development mode, which allows .env files. Deployments that "
        "load none should set HUSHFLAKE_MODE=production: it refuses a .env file that is loaded",
    )


def _is_for_production(context: Context, text: str) -> bool:
    """Say whether a Dockerfile gives all settings, and leaves the mode as it is by default."""
    given = "HUSHFLAKE_" in text and "HUSHFLAKE_MODE=development" not in text
    return given and has_settings_beside_code(context)


def _image(top: Path, text: str) -> str:
    ignored = _text(top, ".dockerignore") or ""
    if _COPIES_ALL.search(text) and not re.search(r"^(?:\*\*/)?\.env", ignored, re.M):
        return (
            "it copies .env into the image: list .env in .dockerignore, give the container its "
            "values, then add `ENV HUSHFLAKE_MODE=production`"
        )
    return "build it again; add `ENV HUSHFLAKE_MODE=production` once no .env file is loaded in it"


def _service(text: str) -> str:
    if "env_file" in text:
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
        way = ways(context.roots, path)[0]
        if way.module[:1] not in (SCRIPT, IMPORTS):
            bases.setdefault(way.base, []).append(way.module)
    commands = [
        f"{f'PYTHONPATH={shlex.quote(base)} ' if base else ''}{shlex.quote(str(shown))} -c "
        + shlex.quote(f"import {', '.join(modules[:_SHOWN])}")
        for base, modules in sorted(bases.items())[:_SHOWN]
    ]
    commands += [f"{shlex.quote(str(shown))} {one}" for one in _tests(context.top)]
    return commands


def _tests(top: Path) -> Iterator[str]:
    """Yield the arguments of the interpreter that run the project's tests, as far as is plain."""
    if "django" in (_text(top, "manage.py") or "") and not _mentions_pytest(top):
        yield "manage.py test"
    elif any((top / name).is_dir() for name in ("tests", "test")):
        yield "-m pytest"


def _mentions_pytest(top: Path) -> bool:
    names = ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
    return any("pytest" in (_text(top, name) or "") for name in names)
