"""Steps of a Dockerfile that import the application: no token is there then."""

import re
import shlex
from collections.abc import Iterator

_RUN = re.compile(r"^[ \t]*RUN[ \t]+(.+)$", re.MULTILINE | re.IGNORECASE)
_JOINED = re.compile(r"\\[ \t]*\r?\n[ \t]*")
_OPTIONS = re.compile(r"^(?:--\S+ )+")  # of RUN itself: they stand before everything
_PARTS = re.compile(r"&&|\|\||;")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PYTHON = re.compile(r"python[0-9.]*")
# What starts another program of the project's environment.
_WRAPPERS = (("uv", "run"), ("poetry", "run"), ("pdm", "run"), ("pipenv", "run"))
_PROGRAMS = frozenset({"flask", "manage.py", "django-admin", "alembic"})
# Modules of `python -m` that are no part of an application.
_TOOLS = frozenset({"build", "compileall", "ensurepip", "pip", "pipx", "venv", "virtualenv"})
MODE = "HUSHFLAKE_MODE"
_SHOWN = 80  # characters


def building(text: str) -> Iterator[str]:
    """Yield the commands of RUN lines that import the application in a mode of no build."""
    for line in _RUN.findall(_JOINED.sub(" ", text)):
        for part in _PARTS.split(line):
            if MODE not in part and _imports(_words(part)):
                yield _OPTIONS.sub("", " ".join(part.split()))[:_SHOWN]


def _words(part: str) -> list[str]:
    try:
        words = shlex.split(part)
    except ValueError:  # a quote that is not closed
        words = part.split()
    while words and (words[0].startswith("--") or _ASSIGNMENT.match(words[0])):
        words = words[1:]
    return words[2:] if tuple(words[:2]) in _WRAPPERS else words


def _imports(words: list[str]) -> bool:
    if not words:
        return False
    program = words[0].rpartition("/")[2]
    if not _PYTHON.fullmatch(program):
        return program in _PROGRAMS
    if words[1:2] == ["-m"]:
        return bool(words[2:]) and words[2].partition(".")[0] not in _TOOLS
    return bool(words[1:]) and words[1].endswith(".py") and words[1] != "setup.py"
