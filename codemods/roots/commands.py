"""Commands that run files of a repository: in workflows, images, Makefiles, scripts, Procfiles."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from .tree import Tree

_NAMES = re.compile(
    r"(?:^|/)(?:Dockerfile|Containerfile)(?:[.\-_][^/]*)?$|\.dockerfile$"
    r"|(?:^|/)(?:GNU)?[Mm]akefile$|\.mk$|(?:^|/)[Jj]ustfile$|(?:^|/)(?:Taskfile|taskfile)\.ya?ml$"
    r"|(?:^|/)Procfile(?:\.[^/]*)?$|\.(?:sh|bash|service|cron|crontab|conf|ini|toml|ya?ml|env)$"
    r"|(?:^|/)(?:package|settings|tasks|launch|devcontainer|app|vercel|now)\.json$"
    r"|(?:^|/)(?:crontab|Jenkinsfile|Vagrantfile|entrypoint|run|start)$",
    re.IGNORECASE,
)
_DEEPEST = 8  # folders in a path
_MOST = 2000  # commands of a file
_FILES = 3000  # with commands in a repository
_OPTIONS = r"[\"']?,?(?:[ \t]+[\"']?-[A-Zb-ln-z]\S*)*[ \t]+[\"']?"
_ENTRY = r"(?:[\w.-]+/)*[\w-]+"
_BY_PATH = re.compile(
    rf"(?:\b(?:python|pypy)[\d.]*|\bcoverage run|\buv run|\brun python){_OPTIONS}"
    rf"(?:\.?/|\$\{{?\w+\}}?/)?(?P<python>{_ENTRY}\.py)\b"
    r"|(?:^|[ \t\"'\[])\.?/(?P<itself>[\w./-]*\.py)\b",
    re.MULTILINE,
)
# What may stand between a program and what it runs: the options of one command.
_BETWEEN = r"\b[^\n]{0,200}?[ \t\"']"
_MODULE = r"[= \t\"',]+([A-Za-z_][\w.]*)"
_BY_MODULE = re.compile(
    rf"\bpython[\d.]*{_OPTIONS}-m{_MODULE}"
    rf"|\b(?:uvicorn|gunicorn|hypercorn|granian|daphne|waitress-serve|uwsgi){_BETWEEN}"
    r"([A-Za-z_][\w.]*):[A-Za-z_]\w*"
    rf"|\bcelery{_BETWEEN}(?:-A|--app){_MODULE}"
    rf"|\bflask{_BETWEEN}--app{_MODULE}"
    r"|\b(?:FLASK_APP|DJANGO_SETTINGS_MODULE)[\"']?[ \t]*[:= \t][ \t]*[\"']?([A-Za-z_][\w.]*)"
)
# One of these words stands in each.
_RUNNERS = (
    *("python", "uvicorn", "gunicorn", "hypercorn", "granian", "daphne", "waitress", "uwsgi"),
    *("celery", "flask", "FLASK_APP", "DJANGO_SETTINGS_MODULE"),
)


class Mention(NamedTuple):
    """A file or a module that a command runs. `place` is `path:line` of the command."""

    target: str
    place: str


def files(tree: Tree) -> Iterator[str]:
    """Yield the files that may hold commands, by their names; those near the top come first."""
    return islice(filter(_NAMES.search, tree.others), _FILES)


def by_path(tree: Tree) -> dict[str, str]:
    """The files that a command runs by their path -> where it says so."""
    found: dict[str, str] = {}
    for path in files(tree):
        for text, place in _matches(tree, path, _BY_PATH, (".py",)):
            target = _file(tree, posixpath.dirname(path), text)
            if target:
                found.setdefault(target, place)
    return found


def by_module(tree: Tree) -> Iterator[Mention]:
    """Yield the modules that a command runs or serves."""
    for path in files(tree):
        for text, place in _matches(tree, path, _BY_MODULE, _RUNNERS):
            yield Mention(text, place)


def _matches(
    tree: Tree, path: str, pattern: re.Pattern[str], words: Sequence[str]
) -> Iterator[tuple[str, str]]:
    text = tree.text(path)
    if not any(word in text for word in words):
        return
    line, at = 1, 0
    for found in islice(pattern.finditer(text), _MOST):
        given = next((one for one in found.groups() if one), "")
        line, at = line + text.count("\n", at, found.start()), found.start()
        yield given, f"{path}:{line}"


def _file(tree: Tree, folder: str, given: str) -> str:
    """The file that a command means: seen from its own folder, from the top, or by its end."""
    steps = [step for step in given.split("/") if step not in ("", ".", "..")]
    for start in range(min(len(steps), _DEEPEST)):
        # In an image, the first steps are none of the repository.
        below = "/".join(steps[start:])
        for base in dict.fromkeys((folder, "")):
            path = f"{base}/{below}" if base else below
            if path in tree.python:
                return path
    ends = [path for path in tree.python if path.endswith(f"/{'/'.join(steps)}")]
    return ends[0] if steps and len(ends) == 1 else ""
