"""Dockerfiles that list what they install: `RUN pip install flask gunicorn`.

One that installs from a file or a project needs no change: the declaration is there.
https://docs.docker.com/reference/dockerfile/#run
"""

import re
import shlex

from ..requirement import Requirement
from .base import NotPlainError, Strength, names_it

KIND = "Dockerfile"
PATTERNS = tuple(
    f"{folder}{name}"
    for folder in ("", "docker/", ".docker/", "deploy/")
    for name in ("Dockerfile", "Dockerfile.*", "*.Dockerfile", "Containerfile")
)
# pip, pip3, python -m pip, uv pip: `install`, and what follows up to the end of the command.
_INSTALL = re.compile(r"\bpip3?(?:\.\d+)?\s+install\b(?P<rest>(?:\\\r?\n|[^\n;&|])*)")
_RUN = re.compile(r"^[^\S\n]*RUN\b(?:[^\n]*\\\r?\n|[^\S\n]*#[^\n]*\n)*[^\n]*", re.M | re.I)
_JSON = re.compile(r'^[^\S\n]*RUN[^\S\n]*\[[^\n]*"pip3?"[^\n]*"install"', re.M | re.I)
_WORD = re.compile(r"""(?:"[^"\n]*"|'[^'\n]*'|[^\s"'\\])+""")
# Options that take the next word.
_WITH_VALUE = frozenset(
    {
        *("-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-t", "--target"),
        *("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host"),
        *("--prefix", "--root", "--timeout", "--retries", "--cache-dir", "--python"),
    }
)
# What prepares an image for installing, and is nothing that the application needs.
_TOOLS = frozenset({"pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "pdm", "hatch"})
_OF_PROJECT = re.compile(
    r"\s-(?:r|e)\s|--requirement|--editable|\s\.(?:\[|/|\s|$)|\S\.whl\b"
    r"|\b(?:poetry|pipenv|pdm)\s+(?:install|sync)|\buv\s+sync",
    re.MULTILINE,
)


def strength(text: str) -> Strength:
    lists = declares(text) or _last_word(text) is not None or _is_json(text)
    return "strong" if lists else "none"


def declares(text: str) -> bool:
    return any(names_it(found[0]) for found in _RUN.finditer(text))


def edited(text: str, requirement: Requirement) -> str:
    place = _last_word(text)
    if place is None:
        raise NotPlainError(f"add {requirement.argument} to what `pip install` is given")
    wanted = f"{text[:place]} {requirement.argument}{text[place:]}"
    if _installed(wanted) != [*_installed(text), str(requirement)]:
        raise NotPlainError(f"add {requirement.argument} to what `pip install` is given")
    return wanted


def _is_json(text: str) -> bool:
    """Say whether a command of the form `RUN ["pip", "install", …]` lists requirements."""
    return _JSON.search(text) is not None and '"-r"' not in text


def _last_word(text: str) -> int | None:
    """Return the end of the last requirement of the last list, None where none is to be edited."""
    if _OF_PROJECT.search("\n".join(found[0] for found in _RUN.finditer(text))):
        return None
    ends = [end for _word, end in _words(text)]
    return ends[-1] if ends else None


def _installed(text: str) -> list[str]:
    return [shlex.split(word)[0] for word, _end in _words(text)]


def _words(text: str) -> list[tuple[str, int]]:
    """Return the plain requirements of all `pip install`, each with the offset of its end."""
    found: list[tuple[str, int]] = []
    for run in _RUN.finditer(text):
        if run[0].split(None, 1)[-1:] and run[0].split(None, 1)[1].startswith("["):
            continue
        for install in _INSTALL.finditer(run[0]):
            start = run.start() + install.start("rest")
            skips = False
            for word in _WORD.finditer(install["rest"]):
                if skips or word[0].startswith("-"):
                    skips = not skips and word[0] in _WITH_VALUE
                    continue
                if word[0].startswith("$"):
                    continue
                name = re.split(r"[^A-Za-z0-9._-]", word[0].strip("'\""), maxsplit=1)[0]
                if name and name.lower() not in _TOOLS:
                    found.append((word[0], start + word.end()))
    return found
